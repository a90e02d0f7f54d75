/** The page: bar, banners, and the panels of the chosen view. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { language, t } from '../i18n';
import { BodyPanel } from '../panels/body';
import { BehaviorsPanel } from '../panels/behaviors';
import { CameraPanel } from '../panels/camera';
import { ChartsPanel } from '../panels/charts';
import { DiagnosticsPanel } from '../panels/diagnostics';
import { FeelPanel } from '../panels/feelings';
import { FleetPanel } from '../panels/fleet';
import { HeadPanel } from '../panels/head';
import { LogPanel } from '../panels/log';
import { ModelsPanel } from '../panels/models';
import { PeoplePanel } from '../panels/people';
import { ClientsPanel, ProcessesPanel } from '../panels/processes';
import { StagePanel } from '../panels/stage';
import { TalkPanel } from '../panels/talk';
import { change } from '../state/settings';
import { Notices } from './notices';
import { SettingsDialog } from './settings';
import { FleetStopBanner, StopBanner, useStopKeys } from './stop';
import { LinkBanner, ReplayBanner, TopBar } from './topbar';
import { shownView, views } from './view';

export function Page(): JSX.Element {
  const [isSettingsOpen, setSettingsOpen] = useState(false);
  useStopKeys();
  useViewKeys();
  const view = shownView.value;
  const title = t('page.title');
  useEffect(() => {
    document.documentElement.lang = language.value;
    document.title = title;
  }, [language.value, title]);
  return (
    <>
      <a class="skip" href="#main">
        {t('page.skip')}
      </a>
      <TopBar onSettings={() => setSettingsOpen(true)} />
      <StopBanner />
      <FleetStopBanner />
      <LinkBanner />
      <ReplayBanner />
      <main id="main" tabIndex={-1} class={`view view-${view}`}>
        {view === 'robot' ? <RobotView /> : null}
        {view === 'mind' ? <MindView /> : null}
        {view === 'system' ? <SystemView /> : null}
        {view === 'fleet' ? <FleetPanel /> : null}
      </main>
      <Notices />
      <SettingsDialog isOpen={isSettingsOpen} onClose={() => setSettingsOpen(false)} />
    </>
  );
}

function RobotView(): JSX.Element {
  return (
    <>
      <div class="column column-see">
        <StagePanel />
        <CameraPanel />
      </div>
      <div class="column column-move">
        <HeadPanel />
        <BodyPanel />
      </div>
      <div class="column column-feel">
        <FeelPanel />
        <TalkPanel />
      </div>
    </>
  );
}

function MindView(): JSX.Element {
  return (
    <>
      <div class="column">
        <TalkPanel />
        <ModelsPanel />
      </div>
      <div class="column">
        <CameraPanel />
        <PeoplePanel />
      </div>
      <div class="column">
        <BehaviorsPanel />
      </div>
    </>
  );
}

function SystemView(): JSX.Element {
  return (
    <>
      <div class="column column-wide">
        <ChartsPanel />
        <LogPanel />
      </div>
      <div class="column">
        <DiagnosticsPanel />
        <ProcessesPanel />
        <ClientsPanel />
      </div>
    </>
  );
}

const WRITTEN_INTO = 'input:not([type=radio], [type=checkbox], [type=range]), textarea, select';

function useViewKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(WRITTEN_INTO)) return;
      const view = views.value[Number(event.key) - 1];
      if (view) change({ view });
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}

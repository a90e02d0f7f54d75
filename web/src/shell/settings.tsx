/** The settings dialog. A new address or namespace takes effect by opening the page anew. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { checkedNamespace } from '../ros/names';
import { checkedAddress } from '../state/config';
import { change, settings } from '../state/settings';
import type { LanguageChoice, Theme } from '../state/stored';
import { Choice } from '../ui/choice';
import { Icon } from '../ui/icons';

interface SettingsProps {
  isOpen: boolean;
  onClose: () => void;
}

export function SettingsDialog({ isOpen, onClose }: SettingsProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="settings"
      aria-label={t('settings.title')}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="settings-inside">
        <header>
          <h2>{t('settings.title')}</h2>
          <button type="button" class="round" aria-label={t('settings.close')} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <Choice<Theme>
          label={t('settings.theme')}
          value={settings.value.theme}
          options={[
            ['auto', t('settings.theme.auto')],
            ['light', t('settings.theme.light')],
            ['dark', t('settings.theme.dark')],
          ]}
          onChange={(theme) => change({ theme })}
        />
        <Choice<LanguageChoice>
          label={t('settings.language')}
          value={settings.value.language}
          options={[
            ['auto', t('settings.language.auto')],
            ['en', 'English'],
            ['fr', 'Français'],
          ]}
          onChange={(language) => change({ language })}
        />
        <ConnectionForm />
        <Keys />
      </div>
    </dialog>
  );
}

function ConnectionForm(): JSX.Element {
  const [error, setError] = useState('');
  const query = new URLSearchParams(location.search);
  const isOverridden = query.has('ws') || query.has('ns');
  const submit = (form: HTMLFormElement): void => {
    const data = new FormData(form);
    const address = String(data.get('address') ?? '').trim();
    try {
      if (address) checkedAddress(address);
      const namespace = checkedNamespace(String(data.get('namespace') ?? ''));
      change({ address, namespace, token: String(data.get('token') ?? '').trim() });
      location.reload();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit(event.currentTarget);
      }}
    >
      <label>
        <span>{t('settings.address')}</span>
        <input
          name="address"
          type="text"
          placeholder="ws://localhost:9090"
          defaultValue={settings.value.address}
        />
        <small>{t('settings.addressHint')}</small>
      </label>
      <label>
        <span>{t('settings.namespace')}</span>
        <input
          name="namespace"
          type="text"
          placeholder="/"
          defaultValue={settings.value.namespace}
        />
        <small>{t('settings.namespaceHint')}</small>
      </label>
      <label>
        <span>{t('settings.token')}</span>
        <input
          name="token"
          type="password"
          autocomplete="off"
          defaultValue={settings.value.token}
        />
        <small>{t('settings.tokenHint')}</small>
      </label>
      {isOverridden ? <p class="hint">{t('settings.overridden')}</p> : null}
      {error ? (
        <p class="bad" role="alert">
          {error}
        </p>
      ) : null}
      <button type="submit" class="primary">
        {t('settings.apply')}
      </button>
    </form>
  );
}

function Keys(): JSX.Element {
  return (
    <section>
      <h3>{t('settings.keys')}</h3>
      <dl class="keys">
        <dt>
          <kbd>{t('stop.key')}</kbd> <kbd>␣</kbd>
        </dt>
        <dd>{t('settings.keys.stop')}</dd>
        <dt>
          <kbd>←</kbd> <kbd>↑</kbd> <kbd>→</kbd> <kbd>↓</kbd>
        </dt>
        <dd>{t('settings.keys.arrows')}</dd>
        <dt>
          <kbd>Home</kbd>
        </dt>
        <dd>{t('settings.keys.home')}</dd>
        <dt>
          <kbd>1</kbd> <kbd>2</kbd> <kbd>3</kbd> <kbd>4</kbd>
        </dt>
        <dd>{t('settings.keys.views')}</dd>
      </dl>
    </section>
  );
}

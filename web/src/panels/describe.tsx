/** The question what the robot sees, which makes it look, and its answer. */

import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { app } from '../app';
import { t } from '../i18n';
import type { SceneDescription } from '../ros/messages';
import { Objects } from './objects';

// vision/describe looks for up to two minutes; the image model may have to be fetched first.
const LOOK_TIMEOUT_MS = 130_000;
const CAPTION_TIMEOUT_MS = 900_000;
const MAX_QUESTION = 500;

export function Describe(): JSX.Element {
  const [isCaptioned, setCaptioned] = useState(false);
  const [question, setQuestion] = useState('');
  const [isAsking, setAsking] = useState(false);
  const [answer, setAnswer] = useState<SceneDescription | undefined>(undefined);
  const [problem, setProblem] = useState('');
  const ask = async (): Promise<void> => {
    setAsking(true);
    setProblem('');
    setAnswer(undefined);
    try {
      const asked = { caption: isCaptioned, question: isCaptioned ? question.trim() : '' };
      setAnswer(await described(asked));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setAsking(false);
    }
  };
  return (
    <form
      class="describe"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <div class="row">
        <button type="submit" class="primary" disabled={isAsking}>
          {t(isAsking ? 'describe.asking' : 'describe.ask')}
        </button>
        <label>
          <input
            type="checkbox"
            checked={isCaptioned}
            onChange={(event) => setCaptioned(event.currentTarget.checked)}
          />
          {t('describe.caption')}
        </label>
      </div>
      {isCaptioned ? <Question value={question} onChange={setQuestion} /> : null}
      <div role="status" class="described">
        {problem ? <p class="bad">{problem}</p> : null}
        {answer ? <Told answer={answer} /> : null}
      </div>
    </form>
  );
}

function Question({
  value,
  onChange,
}: {
  value: string;
  onChange: (text: string) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t('describe.question')}</label>
      <input
        id={id}
        type="text"
        value={value}
        maxLength={MAX_QUESTION}
        autocomplete="off"
        placeholder={t('describe.questionHint')}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}

function Told({ answer }: { answer: SceneDescription }): JSX.Element {
  const { summary, objects, caption, message } = answer;
  return (
    <>
      {summary ? <p>{summary}</p> : null}
      {objects.detections.length > 0 ? <Objects found={objects.detections} /> : null}
      {caption ? <blockquote>{caption}</blockquote> : null}
      {message ? <p class="bad">{message}</p> : null}
    </>
  );
}

function described(asked: { caption: boolean; question: string }): Promise<SceneDescription> {
  const timeout = asked.caption ? CAPTION_TIMEOUT_MS : LOOK_TIMEOUT_MS;
  return app().robot.call<SceneDescription>('vision/describe', asked, timeout);
}

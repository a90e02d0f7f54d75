/** The parameters of a behavior, filled with its defaults; what is wrong is said at its field. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { app } from '../app';
import { named, t } from '../i18n';
import { notify } from '../state/notices';
import { FieldInput } from '../ui/field-input';
import { complaints, initialOf, valuesOf } from '../ui/fields';
import type { Field } from '../ui/fields';

interface FormProps {
  name: string;
  fields: readonly Field[];
  /** The behavior is under way, or the form was given up. */
  onDone: () => void;
}

export function BehaviorForm({ name, fields, onDone }: FormProps): JSX.Element {
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState(() => initialOf(fields));
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [problem, setProblem] = useState('');
  const [isWaiting, setWaiting] = useState(false);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  }, []);
  const start = async (): Promise<void> => {
    const { values, wrong } = valuesOf(fields, typed);
    setErrors(new Map(wrong.map(({ name: field, kind }) => [field, named('field.wrong', kind)])));
    setProblem('');
    if (wrong.length > 0) return;
    setWaiting(true);
    try {
      await app().behaving.run(name, values, onDone);
      onDone();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!form.current) {
        notify(message); // it had begun, and the form was put away
        return;
      }
      const { byField, rest } = complaints(
        message,
        fields.map((field) => field.name),
      );
      setErrors(byField);
      setProblem(rest);
    }
    setWaiting(false);
  };
  return (
    <form
      ref={form}
      noValidate
      aria-label={t('behaviors.form', { name: named('behavior', name) })}
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={typed[field.name] ?? field.initial}
          error={errors.get(field.name)}
          onChange={(value) => setTyped({ ...typed, [field.name]: value })}
        />
      ))}
      {problem ? (
        <p class="bad" role="alert">
          {problem}
        </p>
      ) : null}
      <div class="row">
        <button type="submit" class="primary" disabled={isWaiting}>
          {t(isWaiting ? 'behaviors.waiting' : 'behaviors.run')}
        </button>
        <button type="button" onClick={onDone}>
          {t('behaviors.close')}
        </button>
      </div>
    </form>
  );
}

/** One field of a form made from a schema, with its label, what it means and what is wrong. */

import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../i18n';
import type { Field } from './fields';

const INPUT_MODES = { text: 'text', integer: 'numeric', number: 'decimal' } as const;

interface FieldProps {
  field: Field;
  value: string | boolean;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}

export function FieldInput({ field, value, error, onChange }: FieldProps): JSX.Element {
  const id = useId();
  const isTick = field.kind === 'boolean';
  const hint = [field.description, boundsText(field)].filter(Boolean).join(' ');
  return (
    <div class={isTick ? 'field field-tick' : 'field'} data-field={field.name}>
      <label for={id}>
        {field.name.replaceAll('_', ' ')}
        {field.required ? <span aria-hidden="true"> *</span> : null}
      </label>
      <Control
        field={field}
        value={value}
        onChange={onChange}
        attributes={{
          id,
          'aria-required': field.required,
          'aria-invalid': error !== undefined,
          'aria-describedby': `${id}-hint ${id}-error`,
        }}
      />
      <small id={`${id}-hint`}>{hint}</small>
      <p id={`${id}-error`} class="bad" role="alert">
        {error}
      </p>
    </div>
  );
}

interface ControlProps extends Omit<FieldProps, 'error'> {
  attributes: {
    id: string;
    'aria-required': boolean;
    'aria-invalid': boolean;
    'aria-describedby': string;
  };
}

function Control({ field, value, onChange, attributes }: ControlProps): JSX.Element {
  const text = String(value);
  switch (field.kind) {
    case 'boolean':
      return (
        <input
          {...attributes}
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <select
          {...attributes}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {field.choices.includes(text) ? null : <option value={text}>{text}</option>}
          {field.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choiceText(choice)}
            </option>
          ))}
        </select>
      );
    case 'json':
      return (
        <textarea
          {...attributes}
          rows={2}
          spellcheck={false}
          value={text}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      // A number input would hide from the page what was typed if that is no number.
      return (
        <input
          {...attributes}
          type="text"
          inputMode={INPUT_MODES[field.kind]}
          autocomplete="off"
          value={text}
          maxLength={field.maxLength}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}

function boundsText({ kind, minimum, maximum }: Field): string {
  if (kind === 'json') return t('field.json');
  if (minimum !== undefined && maximum !== undefined) {
    return t('field.between', { minimum, maximum });
  }
  if (minimum !== undefined) return t('field.atLeast', { minimum });
  return maximum === undefined ? '' : t('field.atMost', { maximum });
}

function choiceText(choice: string): string {
  return choice.startsWith('"') ? String(JSON.parse(choice)) : choice;
}

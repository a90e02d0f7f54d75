import { describe, expect, it } from 'vitest';
import { complaints, fieldsOf, initialOf, valuesOf } from '../src/ui/fields';

const SCHEMA = JSON.stringify({
  type: 'object',
  $defs: { Pace: { type: 'string', enum: ['slow', 'quick'] } },
  properties: {
    name: { type: 'string', default: '', maxLength: 40, description: 'Which one.' },
    rounds: { type: 'integer', default: 2, minimum: 1, maximum: 20 },
    share: { type: 'number', minimum: 0 },
    speak: { type: 'boolean', default: true },
    action: { enum: ['list', 'stop', 3], default: 'list' },
    pace: { $ref: '#/$defs/Pace', default: 'slow' },
    days: { type: 'array', items: { type: 'string' } },
    emotions: { type: 'array', default: ['sad'] },
    address: { type: 'string' },
  },
  required: ['address'],
});
const fields = fieldsOf(SCHEMA);
const typed = (changes: Record<string, string | boolean> = {}) => ({
  ...initialOf(fields),
  address: 'x',
  ...changes,
});

describe('the fields of a schema', () => {
  it('have a kind for every type, and JSON for the others', () => {
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['name', 'text'],
      ['rounds', 'integer'],
      ['share', 'number'],
      ['speak', 'boolean'],
      ['action', 'choice'],
      ['pace', 'choice'],
      ['days', 'json'],
      ['emotions', 'json'],
      ['address', 'text'],
    ]);
  });

  it('begin with their defaults and know their bounds', () => {
    expect(fields[1]).toMatchObject({ initial: '2', minimum: 1, maximum: 20, required: false });
    expect(fields[0]).toMatchObject({ initial: '', maxLength: 40, description: 'Which one.' });
    expect(fields[5]).toMatchObject({ initial: '"slow"', choices: ['"slow"', '"quick"'] });
    expect(initialOf(fields)).toMatchObject({ speak: true, emotions: '["sad"]', share: '' });
    expect(fields.at(-1)).toMatchObject({ required: true });
  });

  it('are none where the text is no schema', () => {
    for (const text of ['', 'nonsense', '[]', 'null', '3', '{"properties": 4}', '{}']) {
      expect(fieldsOf(text)).toEqual([]);
    }
  });

  it('survive properties that are no schemas', () => {
    const odd = '{"properties": {"a": null, "b": {"type": 7, "enum": []}}, "required": 5}';
    expect(fieldsOf(odd).map(({ kind }) => kind)).toEqual(['json', 'json']);
  });
});

describe('the values of a form', () => {
  it('are what was changed and what is required', () => {
    expect(valuesOf(fields, typed())).toEqual({ values: { address: 'x' }, wrong: [] });
    const changes = {
      rounds: '3',
      share: '0,5',
      speak: false,
      action: '3',
      pace: '"quick"',
      days: '["monday"]',
    };
    expect(valuesOf(fields, typed(changes)).values).toEqual({
      rounds: 3,
      share: 0.5,
      speak: false,
      action: 3,
      pace: 'quick',
      days: ['monday'],
      address: 'x',
    });
  });

  it('are left to the robot where a field was emptied', () => {
    expect(valuesOf(fields, typed({ rounds: '', days: '' })).values).toEqual({ address: 'x' });
  });

  it('keep an empty text that is wanted, and text that looks like a number', () => {
    expect(valuesOf(fields, typed({ name: '007', address: '' })).values).toEqual({
      name: '007',
      address: '',
    });
  });

  it('that are none of their kind are named', () => {
    const wrong = { rounds: '2.5', share: 'much', days: 'monday' };
    expect(valuesOf(fields, typed(wrong)).wrong.map(({ name }) => name)).toEqual([
      'rounds',
      'share',
      'days',
    ]);
  });
});

describe('what a server complains of', () => {
  const names = ['rounds', 'days', 'address'];

  it('is put to the fields that it names', () => {
    const message =
      'exercise: rounds is 99: Input should be less than or equal to 20; days.0 is "x": Input' +
      ' should be "monday"; address is needed; the robot sleeps';
    const { byField, rest } = complaints(message, names);
    expect([...byField.keys()]).toEqual(names);
    expect(byField.get('rounds')).toBe('rounds is 99: Input should be less than or equal to 20');
    expect(rest).toBe('the robot sleeps');
  });

  it('is kept whole where it names none', () => {
    const message = 'exercise: the motors are off; press rearm';
    expect(complaints(message, names)).toEqual({ byField: new Map(), rest: message });
  });
});

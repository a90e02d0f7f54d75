/** What was heard, typed and said, newest last. */

import { signal } from '@preact/signals';
import type { Robot } from './robot';

export interface Line {
  id: number;
  who: 'person' | 'robot';
  text: string;
  /** Where it came from: heard, typed, spoken (say), replied. */
  how: 'heard' | 'typed' | 'said' | 'replied' | 'failed';
  note: string;
}

const MAX_LINES = 200;

export class Conversation {
  readonly lines = signal<Line[]>([]);
  /** The utterance under way, as far as it is recognised. */
  readonly partial = signal('');
  /** Whether an answer is being made. */
  readonly thinking = signal(false);
  private counter = 0;

  constructor(private readonly robot: Robot) {
    robot.transcript.retain((message) => {
      this.partial.value = message.final ? '' : message.text;
      if (message.final && message.text) this.add('person', message.text, 'heard', message.engine);
    });
    robot.reply.retain((message) => this.add('robot', message.text, 'replied', message.engine));
    robot.activity.retain();
    robot.speaking.retain();
  }

  async say(text: string): Promise<void> {
    this.add('robot', text, 'said');
    const goal = this.robot.goal('say', 'Say', { text, language: '', voice: '' });
    await this.ended(goal.result);
  }

  /** Asks the chat node; its answer arrives on chat/reply as every answer does. */
  async ask(text: string): Promise<void> {
    this.add('person', text, 'typed');
    this.thinking.value = true;
    try {
      await this.ended(this.robot.goal('chat', 'Chat', { text, conversation: '' }).result);
    } finally {
      this.thinking.value = false;
    }
  }

  private async ended(result: Promise<{ success: boolean; message: string }>): Promise<void> {
    try {
      const { success, message } = await result;
      if (!success) this.add('robot', message, 'failed');
    } catch (error) {
      this.add('robot', error instanceof Error ? error.message : String(error), 'failed');
    }
  }

  private add(who: Line['who'], text: string, how: Line['how'], note = ''): void {
    const line = { id: ++this.counter, who, text, how, note };
    this.lines.value = [...this.lines.value, line].slice(-MAX_LINES);
  }
}

/**
 * The connection to a rosbridge server: comes back by itself, knows its round-trip time, and says
 * why it is down.
 *
 * One roslib object lives as long as the page; roslib subscribes again after a reconnection.
 * Nothing is queued while the connection is down, because a command obeyed late is worse than a lost one.
 */

import { computed, signal } from '@preact/signals';
import { Ros } from 'roslib';
import { reconnectDelay } from './freshness';
import { BrowserTransport } from './transport';

export type LinkState = 'connecting' | 'connected' | 'lost';

const PROBE_PERIOD_MS = 1000;
const PEER_IS_DEAD_MS = 6000;
const CONNECT_TIMEOUT_MS = 5000;
const SEND_BACKLOG_LIMIT_B = 65536;

export class Link {
  readonly ros: Ros;
  readonly state = signal<LinkState>('connecting');
  readonly connected = computed(() => this.state.value === 'connected');
  /** Newest round trip, ms. */
  readonly roundTrip = signal<number | undefined>(undefined);
  /** Why the server closed the connection, in its words. */
  readonly reason = signal('');
  /** Called with each round trip (ms). */
  onRoundTrip: (milliseconds: number) => void = () => {};

  private transport: BrowserTransport | undefined;
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private wasConnected = false;

  constructor(
    readonly url: string,
    private readonly token = '',
  ) {
    this.ros = new Ros({
      transportFactory: async (address: string) => {
        this.transport = new BrowserTransport(address);
        return this.transport;
      },
    });
    this.ros.on('connection', () => this.opened());
    this.ros.on('close', (event) => this.closed(event));
    this.ros.on('error', () => {}); // a close follows, which is where it is dealt with
    setInterval(() => this.probe(), PROBE_PERIOD_MS);
    addEventListener('online', () => this.connectNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.connectNow();
    });
  }

  /** Connects now instead of at the end of the wait. */
  connectNow(): void {
    if (this.transport && !this.transport.isClosed()) return;
    clearTimeout(this.retry);
    this.state.value = this.wasConnected ? 'lost' : 'connecting';
    this.watch(CONNECT_TIMEOUT_MS);
    this.ros.connect(this.url).catch((error: unknown) => this.refused(String(error)));
  }

  /** Whether a stream may send now: connected, and what was sent before has left. */
  get canStream(): boolean {
    return this.connected.value && (this.transport?.backlog ?? 0) < SEND_BACKLOG_LIMIT_B;
  }

  /** Sends an operation of rosbridge that roslib has no call for. Lost when not connected. */
  send(operation: { op: string; [field: string]: unknown }): void {
    if (this.transport?.isOpen()) this.transport.send(operation as never);
  }

  private opened(): void {
    this.attempt = 0;
    this.wasConnected = true;
    this.reason.value = '';
    // First of all: nothing else is done for a client that has not shown its token.
    if (this.token) this.send({ op: 'auth', token: this.token });
    this.state.value = 'connected';
    this.probe();
  }

  private closed(event: unknown): void {
    clearTimeout(this.watchdog);
    const reason = event instanceof CloseEvent ? event.reason : '';
    this.refused(reason);
  }

  private refused(reason: string): void {
    this.state.value = this.wasConnected ? 'lost' : 'connecting';
    this.roundTrip.value = undefined;
    if (reason) this.reason.value = reason;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connectNow(), reconnectDelay(this.attempt++));
  }

  /** Asks the server for anything it answers at once; an error is an answer too. */
  private probe(): void {
    if (!this.connected.value) return;
    const id = 'round-trip';
    const sent = performance.now();
    this.ros.removeAllListeners(id);
    this.ros.once(id, () => {
      clearTimeout(this.watchdog);
      this.watchdog = undefined;
      this.roundTrip.value = performance.now() - sent;
      this.onRoundTrip(this.roundTrip.value);
    });
    this.send({ op: 'call_service', id, service: '/rosapi/get_time', args: {} });
    if (this.watchdog === undefined) this.watch(PEER_IS_DEAD_MS);
  }

  private watch(timeout: number): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.watchdog = undefined;
      this.transport?.drop();
    }, timeout);
  }
}

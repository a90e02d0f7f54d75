/**
 * The browser's WebSocket as a transport of roslib.
 *
 * Two things roslib's own lacks: `drop` reports the end at once when the peer is silent (a plain
 * close waits for the peer), and `backlog` tells how much is still waiting to be sent.
 */

import { AbstractTransport } from 'roslib';

type Outgoing = Parameters<AbstractTransport['send']>[0];

export class BrowserTransport extends AbstractTransport {
  private readonly socket: WebSocket;
  private ended = false;

  constructor(url: string) {
    super();
    this.socket = new WebSocket(url);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = (event) => this.emit('open', event);
    this.socket.onerror = (event) => this.emit('error', event);
    this.socket.onclose = (event) => this.end(event);
    this.socket.onmessage = (event) => this.handleRawMessage(event.data);
  }

  /** Bytes that wait to be sent. */
  get backlog(): number {
    return this.socket.bufferedAmount;
  }

  send(message: Outgoing): void {
    this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.socket.close();
  }

  /** Gives the connection up without waiting for the peer. */
  drop(): void {
    this.socket.onopen = this.socket.onerror = this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    this.end(undefined);
  }

  isConnecting(): boolean {
    return !this.ended && this.socket.readyState === WebSocket.CONNECTING;
  }

  isOpen(): boolean {
    return !this.ended && this.socket.readyState === WebSocket.OPEN;
  }

  isClosing(): boolean {
    return !this.ended && this.socket.readyState === WebSocket.CLOSING;
  }

  isClosed(): boolean {
    return this.ended || this.socket.readyState === WebSocket.CLOSED;
  }

  private end(event: CloseEvent | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.emit('close', event);
  }
}

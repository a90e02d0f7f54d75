/**
 * Where the rosbridge server is: the address bar (`?ws=`, `?ns=`), then the settings, then what the
 * page's own server says in `config.json`, then port 9090 of the same host.
 */

import { checkedNamespace } from '../ros/names';
import type { Settings } from './stored';

export const DEFAULT_PORT = 9090;

export interface Endpoint {
  url: string;
  namespace: string;
  /** Namespace of the bridge and of the monitor beside it. */
  home: string;
  /** Proof that this page may connect; '': none. It never is part of an address. */
  token: string;
}

/** What the bridge says in config.json. */
export interface ServerConfig {
  websocket?: { port: number; path?: string; secure?: boolean };
  token_needed?: boolean;
  namespace?: string;
}

export interface PageAddress {
  protocol: string;
  hostname: string;
  search: string;
}

/** Returns where to connect; throws with the reason when an address or namespace is malformed. */
export function endpoint(page: PageAddress, settings: Settings, server: ServerConfig): Endpoint {
  const query = new URLSearchParams(page.search);
  const url = query.get('ws') ?? (settings.address || fromServer(page, server));
  const namespace = query.get('ns') ?? (settings.namespace || (server.namespace ?? ''));
  return {
    url: checkedAddress(url),
    namespace: checkedNamespace(namespace),
    home: checkedNamespace(server.namespace ?? namespace),
    token: settings.token,
  };
}

/** Returns the address as it is; throws when it is not one of a WebSocket. */
export function checkedAddress(text: string): string {
  const url = new URL(text);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new Error(`'${text}': an address starts with ws:// or wss://`);
  }
  return text;
}

function fromServer(page: PageAddress, server: ServerConfig): string {
  const { port = DEFAULT_PORT, path = '/', secure } = server.websocket ?? {};
  const scheme = (secure ?? page.protocol === 'https:') ? 'wss' : 'ws';
  return `${scheme}://${page.hostname || 'localhost'}:${port}${path}`;
}

/** Asks the page's server for its configuration; a server without one is no error. */
export async function serverConfig(): Promise<ServerConfig> {
  try {
    const response = await fetch('config.json', { signal: AbortSignal.timeout(2000) });
    const isJson = response.headers.get('content-type')?.includes('json');
    return response.ok && isJson ? ((await response.json()) as ServerConfig) : {};
  } catch {
    return {}; // not served by the bridge, or not reachable: the defaults hold
  }
}

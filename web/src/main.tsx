/** Starts the page: finds the server, connects, draws. */

import { render } from 'preact';
import { startApp } from './app';
import { Page } from './shell/page';
import { endpoint, serverConfig } from './state/config';
import type { Endpoint, ServerConfig } from './state/config';
import { notify } from './state/notices';
import { keepSettings, settings } from './state/settings';
import './styles/index.css';

/** An address that makes no sense is shown as an error, and what the server says is used. */
function chosenEndpoint(server: ServerConfig): Endpoint {
  try {
    return endpoint(location, settings.value, server);
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error));
    const page = { protocol: location.protocol, hostname: location.hostname, search: '' };
    return endpoint(page, { ...settings.value, address: '', namespace: '' }, {});
  }
}

keepSettings();
startApp(chosenEndpoint(await serverConfig()));
const root = document.getElementById('app');
if (root) {
  root.replaceChildren(); // the bar that was there while the page loaded
  render(<Page />, root);
}

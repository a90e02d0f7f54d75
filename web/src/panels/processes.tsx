/** What the processes of the stack take, and who is connected to the bridge. */

import type { JSX } from 'preact';
import { app } from '../app';
import { t } from '../i18n';
import { Card } from '../ui/card';
import { megabytes, number } from '../ui/format';
import { useFeed } from '../ui/hooks';

export function ProcessesPanel(): JSX.Element {
  const { metrics } = app().robot;
  const processes = metrics.value.value?.processes ?? [];
  return (
    <Card
      title={t('processes.title')}
      icon="processes"
      name="processes"
      part="monitor"
      feed={metrics}
    >
      {processes.length > 0 ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{t('processes.name')}</th>
              <th scope="col">{t('processes.cpu')}</th>
              <th scope="col">{t('processes.memory')}</th>
              <th scope="col">{t('processes.threads')}</th>
              <th scope="col">{t('processes.restarts')}</th>
            </tr>
          </thead>
          <tbody>
            {processes.map((process) => (
              <tr key={process.name} data-dim={process.pid === 0}>
                <th scope="row">{process.name}</th>
                <td>{t('unit.percent', { n: number(process.cpu, 1) })}</td>
                <td>{megabytes(process.uss_mb >= 0 ? process.uss_mb : process.rss_mb)}</td>
                <td>{number(process.threads)}</td>
                <td>{number(process.restarts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </Card>
  );
}

export function ClientsPanel(): JSX.Element {
  const { clients } = app().robot;
  useFeed(clients);
  const connected = clients.value.value?.clients;
  return (
    <Card title={t('clients.title')} icon="clients" name="clients" feed={clients}>
      {connected ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{t('clients.address')}</th>
              <th scope="col">{t('clients.sent')}</th>
              <th scope="col">{t('clients.dropped')}</th>
            </tr>
          </thead>
          <tbody>
            {connected.map((client) => (
              <tr key={client.id}>
                <th scope="row">{client.address}</th>
                <td>
                  {number(client.messages_out)} · {megabytes(client.bytes_out / 1e6)}
                </td>
                <td>{number(client.dropped)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t('clients.none')}</p>
      )}
    </Card>
  );
}

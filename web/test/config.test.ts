import { describe, expect, it } from 'vitest';
import { endpoint } from '../src/state/config';
import { DEFAULTS } from '../src/state/stored';

const page = { protocol: 'http:', hostname: 'robot.local', search: '' };

describe('the address of the bridge', () => {
  it('is port 9090 of the host of the page when nobody says otherwise', () => {
    expect(endpoint(page, DEFAULTS, {}).url).toBe('ws://robot.local:9090/');
  });

  it('is what the server of the page says', () => {
    const server = { websocket: { port: 7000, path: '/', secure: true }, namespace: '/a' };
    expect(endpoint(page, DEFAULTS, server)).toEqual({
      url: 'wss://robot.local:7000/',
      namespace: '/a',
      home: '/a',
      token: '',
    });
  });

  it('is that of the settings before that of the server', () => {
    const settings = { ...DEFAULTS, address: 'ws://other:1', namespace: '/mine' };
    const found = endpoint(page, settings, { websocket: { port: 7000 }, namespace: '/a' });
    expect(found).toMatchObject({ url: 'ws://other:1', namespace: '/mine' });
  });

  it('is that of the address bar before all others', () => {
    const search = '?ws=ws://here:5&ns=two/robots';
    const settings = { ...DEFAULTS, address: 'ws://other:1' };
    const found = endpoint({ ...page, search }, settings, {});
    expect(found).toMatchObject({ url: 'ws://here:5', namespace: '/two/robots' });
  });

  it('leaves what the bridge says of its own in the namespace of the bridge', () => {
    const search = '?ns=robot_2';
    const ours = endpoint({ ...page, search }, DEFAULTS, { namespace: '/' });
    expect([ours.namespace, ours.home]).toEqual(['/robot_2', '']);
    const anybodys = endpoint({ ...page, search }, DEFAULTS, {});
    expect(anybodys.home).toBe('/robot_2');
  });

  it('has to be one of a WebSocket', () => {
    expect(() => endpoint({ ...page, search: '?ws=http://x' }, DEFAULTS, {})).toThrow(/ws:\/\//);
  });

  it('goes with a namespace of ROS names only', () => {
    expect(() => endpoint({ ...page, search: '?ns=a%20b' }, DEFAULTS, {})).toThrow(/a b/);
    expect(endpoint({ ...page, search: '?ns=/' }, DEFAULTS, {}).namespace).toBe('');
  });
});

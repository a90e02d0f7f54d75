import { expect, it } from 'vitest';
import { resolved } from '../src/ros/names';
import { meshAddress } from '../src/view3d/addresses';

it('meshes of packages and files are asked from the server of the page', () => {
  expect(meshAddress('package://robot/meshes/a b.stl')).toBe('meshes/robot/meshes/a b.stl');
  expect(meshAddress('file:///home/me/a.stl')).toBe('meshes/file/home/me/a.stl');
  expect(meshAddress('file://localhost/home/me/a.stl')).toBe('meshes/file/home/me/a.stl');
  expect(meshAddress('https://host/a.stl')).toBe('https://host/a.stl');
});

it('relative names get the namespace and full names stay', () => {
  expect(resolved('', 'head_pose')).toBe('/head_pose');
  expect(resolved('/one', 'head_pose')).toBe('/one/head_pose');
  expect(resolved('/one', '/rosout')).toBe('/rosout');
});

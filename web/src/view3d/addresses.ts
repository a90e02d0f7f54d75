/** Where the page gets a mesh that the robot's description names. */

/**
 * Returns an address below the page: `meshes/<package>/<path>` for `package://`, and
 * `meshes/file/<absolute path>` for `file://`, which a browser may not read itself.
 */
export function meshAddress(uri: string): string {
  const inPackage = /^package:\/\/([^/]+)\/(.+)$/.exec(uri);
  if (inPackage) return `meshes/${inPackage[1]}/${inPackage[2]}`;
  const file = /^file:\/\/(?:localhost)?\/(.+)$/.exec(uri);
  if (file) return `meshes/file/${file[1]}`;
  return uri;
}

/** ROS names: the contract's are relative and get the namespace of the page's settings. */

/** Returns a namespace as '' or '/a/b'; throws with the reason when it is no ROS name. */
export function checkedNamespace(text: string): string {
  const parts = text.trim().split('/').filter(Boolean);
  for (const part of parts) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(part)) {
      throw new Error(`'${part}': letters, digits and _ only, and no digit first`);
    }
  }
  return parts.map((part) => `/${part}`).join('');
}

/** Returns the full name; one that starts with '/' stays as it is. */
export function resolved(namespace: string, name: string): string {
  return name.startsWith('/') ? name : `${namespace}/${name}`;
}

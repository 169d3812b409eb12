/**
 * Where a browser may be sent afterwards: https under a name, or http on the developer's own machine. Other
 * addresses lead into networks that the person's browser may reach and the integrator may not.
 */
export function isCallbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username || password) return false;
  const isOwnMachine = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  // The URL parser has turned decimal, octal and hexadecimal forms into dotted ones by now.
  const isAddress = hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  if (isOwnMachine) return protocol === 'http:' || protocol === 'https:';
  return protocol === 'https:' && !isAddress;
}

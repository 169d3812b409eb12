import { BlockList, isIP } from 'node:net';

/** What software that follows a stranger's URL may reach: the public internet, and what the operator allows. */
export interface AddressPolicy {
  /** Undefined when the address may be reached, otherwise why not. */
  judge(address: string, protocol: string): AddressRefusal | undefined;
  /** Whether the operator allows anything at all beyond the public internet. */
  readonly hasExceptions: boolean;
}

/** `not_public`: loopback, private, link-local, metadata, multicast, …; `not_encrypted`: http beyond allowed ranges. */
export type AddressRefusal = 'not_public' | 'not_encrypted';

/** IANA special-purpose registry (RFC 6890 and updates), multicast and class E: never a public receiver. */
const notPublicIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT; some clouds keep metadata here
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local, and the metadata services of most clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Exceptions within 2000::/3; all else in IPv6 is not public to begin with. */
const notPublicIpv6 = [
  ['2001::', 23], // protocol assignments, among them Teredo, which carries any IPv4 address
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4, likewise
  ['3fff::', 20],
] as const;

/**
 * @param allowed CIDR ranges (or single addresses) that may be reached besides, plain http included
 * @throws RangeError naming the entry that is no range
 */
export function createAddressPolicy(allowed: readonly string[] = []): AddressPolicy {
  const isAllowed = createMatcher(allowed.map(parseRange));
  const isReserved = createMatcher([...notPublicIpv4, ...notPublicIpv6]);
  const isGlobalIpv6 = createMatcher([['2000::', 3]]);
  return {
    hasExceptions: allowed.length > 0,
    judge(text, protocol) {
      const address = toCanonical(text);
      if (address === undefined) return 'not_public';
      if (isAllowed(address)) return undefined;
      if (isReserved(address)) return 'not_public';
      if (isIP(address) === 6 && !isGlobalIpv6(address)) return 'not_public';
      return protocol === 'https:' ? undefined : 'not_encrypted';
    },
  };
}

type Range = readonly [network: string, bits: number];

function createMatcher(ranges: readonly Range[]): (address: string) => boolean {
  const list = new BlockList();
  for (const [network, bits] of ranges) list.addSubnet(network, bits, familyOf(network));
  return (address) => list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** IPv4 in disguise (`::ffff:10.0.0.1`) is judged as what it is. Undefined for what is no address. */
function toCanonical(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  // Scoped addresses (`fe80::1%eth0`) are no URL hosts, and never public.
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const compressed = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (!mapped) return compressed;
  const [high, low] = [mapped[1], mapped[2]].map((part) => Number.parseInt(part ?? '', 16));
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join('.');
}

function parseRange(text: string): Range {
  const [network = '', bits, ...rest] = text.split('/');
  const version = isIP(network);
  const width = version === 6 ? 128 : 32;
  const length = bits === undefined ? width : Number(bits);
  const isLength = bits === undefined || /^\d{1,3}$/.test(bits);
  if (version === 0 || !isLength || length > width || rest.length > 0 || network.includes('%')) {
    throw new RangeError(`${text}: is no CIDR range such as 10.1.0.0/16 or fd00::/8`);
  }
  const canonical = toCanonical(network) ?? network;
  if (isIP(canonical) === version) return [canonical, length];
  // A range of mapped addresses means the IPv4 range.
  if (length < 96) throw new RangeError(`${text}: write the IPv4 range instead`);
  return [canonical, length - 96];
}

/** Task types as the field names them (docs/protocol.md), the commonest first. */
const TYPES = [
  'TurnstileTask',
  'RecaptchaV2Task',
  'ImageToTextTask',
  'RecaptchaV3TaskProxyless',
  'GeeTestTask',
  'AmazonTask',
  'ComplexImageTask',
  'RecaptchaV2EnterpriseTask',
  'FunCaptchaTask',
  'RecaptchaV3EnterpriseTask',
  'HCaptchaTask',
  'CustomTask',
  'ProsopoTask',
  'YidunTask',
  'MTCaptchaTask',
  'BinanceTask',
]

const SITES = [
  'shop',
  'tickets',
  'bank',
  'airline',
  'sneakers',
  'forum',
  'hotel',
  'games',
  'news',
  'jobs',
  'parcel',
  'school',
]

const ACCOUNTS = [
  'acme',
  'birch',
  'cobalt',
  'delta',
  'ember',
  'fjord',
  'grove',
  'harbor',
  'iris',
  'juniper',
  'kestrel',
  'lumen',
  'maple',
  'nimbus',
  'onyx',
  'pebble',
  'quartz',
  'raven',
  'sable',
  'tundra',
]

const REGIONS = [
  'eu-1',
  'us-1',
  'ap-1',
  'eu-2',
  'us-2',
  'sa-1',
  'ap-2',
  'af-1',
  'eu-3',
  'us-3',
  'ap-3',
  'me-1',
]

/** The first names of a list, then numbered ones: a small world reads well, a large one has no end. */
function named(list: readonly string[], index: number, numbered: (number: number) => string): string {
  return list[index] ?? numbered(index + 1)
}

export const typeName = (index: number): string => named(TYPES, index, (number) => `Own${number}Task`)
export const siteName = (index: number): string =>
  `${named(SITES, index, (number) => `site-${number}`)}.example`
export const accountName = (index: number): string => named(ACCOUNTS, index, (number) => `account-${number}`)
export const regionName = (index: number): string => named(REGIONS, index, (number) => `region-${number}`)
export const solverName = (index: number): string => `3.${index + 1}.0`
export const poolName = (index: number): string => `p${index + 1}`

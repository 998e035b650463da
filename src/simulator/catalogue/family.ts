import { LOG_NORMAL } from '../delays.ts'
import type { WorldSettings } from '../settings.ts'

/** Every second world has delays of the second family: an analysis must not live by the shape of one. */
export function withFamilyOf(index: number, settings: WorldSettings): WorldSettings {
  return index % 2 === 0 ? settings : { ...settings, delays: { ...settings.delays, family: LOG_NORMAL } }
}

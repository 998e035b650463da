import type { ScratchFile, ScratchSpace } from './scratch.ts'

/** Scratch that is memory all the same: for those who have no files to give. */
export function memoryScratch(): ScratchSpace {
  return { open: openMemory }
}

function openMemory(): ScratchFile {
  const pieces = new Map<number, Uint8Array>()
  let end = 0
  return {
    append(bytes) {
      const position = end
      pieces.set(position, bytes.slice())
      end += bytes.length
      return position
    },
    read(position, into) {
      const piece = pieces.get(position)
      if (piece?.length !== into.length)
        throw new RangeError(`nothing of ${into.length} bytes lies at ${position}`)
      into.set(piece)
    },
    close() {
      pieces.clear()
    },
  }
}

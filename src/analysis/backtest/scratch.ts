/**
 * Room beyond memory for a history that does not fit into it. The one thing that a backtest asks of the world outside; who has
 * files implements it (app/backtest/scratch-folder.ts).
 */
export interface ScratchSpace {
  /** A file of its own, empty. */
  open(): ScratchFile
}

export interface ScratchFile {
  /**
   * @returns where the bytes lie from now on
   * @throws Error in words for people, when there is no room
   */
  append(bytes: Uint8Array): number
  /** Fills `into` with the bytes that lie from `position` on. */
  read(position: number, into: Uint8Array): void
  /** Gives the room back. */
  close(): void
}

/**
 * The link between two hosts by itself, for those who measure or check it: ring, codec, and both ends of the
 * transport, without actors or credit. Nothing that runs a system imports this entry.
 */
export { PayloadDecoder, PayloadEncoder } from './codec/envelope-codec.ts';
export type { WireSource } from './codec/wire.ts';
export { RING_DEFAULT_BYTES } from './limits.ts';
export { AtomicWords, attachLinkMemory, createLinkMemory, type LinkMemory } from './ring/link-memory.ts';
export { DATA_AT, FRAME_BATCH, FRAME_HEADER_WORDS, HEAD_AT, TAIL_AT, WANTED_AT } from './ring/layout.ts';
export { type RingMemory, RingReader, RingWriter } from './ring/spsc-ring.ts';
export { type Batch, LinkReader, type LinkReaderOptions, LOST_PAYLOAD } from './transport/link-reader.ts';
export { LinkWriter, type LinkWriterOptions } from './transport/link-writer.ts';

import { createMD5, createSHA256, type IHasher } from "hash-wasm";

const READ_AT_ONCE = 4 << 20; // bytes: what is in memory, however large the file and its parts
const END = 1 << 20;

/** The checksums of a file: of its parts, read in order, and with them that of the whole. */
export class Digests {
  private constructor(
    private readonly file: Blob,
    private readonly md5: IHasher,
    private readonly sha256: IHasher,
  ) {}

  static async of(file: Blob): Promise<Digests> {
    return new Digests(file, await createMD5(), (await createSHA256()).init());
  }

  /** What the file is known by, before it was read: SHA-256 of both ends and the size, as the command line has it. */
  async fingerprint(): Promise<string> {
    const print = (await createSHA256()).init();
    print.update(await read(this.file.slice(0, END)));
    print.update(await read(this.file.slice(Math.max(0, this.file.size - END))));
    return print.update(String(this.file.size)).digest();
  }

  /** The MD5 of the bytes up to, not including, `to`; `from` is where the last part ended. */
  async part(from: number, to: number): Promise<string> {
    this.md5.init();
    for (let at = from; at < to; at += READ_AT_ONCE) {
      const bytes = await read(this.file.slice(at, Math.min(at + READ_AT_ONCE, to)));
      this.md5.update(bytes);
      this.sha256.update(bytes);
    }
    return this.md5.digest();
  }

  /** The SHA-256 of all that was read, after the last part. */
  whole(): string {
    return this.sha256.digest();
  }
}

async function read(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

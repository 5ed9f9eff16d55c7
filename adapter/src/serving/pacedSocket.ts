import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

/** Maximum number of bytes delivered in one turn of the event loop. */
const PIECE = 2_048;

/**
 * A client connection that delivers its bytes in small pieces, one per turn of the event loop. Node's HTTP parser
 * processes all bytes that it gets at once. 16 KiB of the shortest requests block the event loop for 40 ms.
 */
export class PacedSocket extends Duplex {
  readonly tls: TLSSocket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(tls: TLSSocket) {
    super();
    this.tls = tls;
    tls.on("error", (error) => this.destroy(error));
    tls.once("close", () => this.destroy());
    tls.once("end", () => this.push(null));
  }

  get remoteAddress() {
    return this.tls.remoteAddress;
  }

  get remotePort() {
    return this.tls.remotePort;
  }

  get localAddress() {
    return this.tls.localAddress;
  }

  get localPort() {
    return this.tls.localPort;
  }

  /** Closes the connection after all written data is sent. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {
    if (this.#rest.length === 0) this.#rest = this.tls.read() ?? this.#rest;
    if (this.#rest.length === 0) {
      this.tls.once("readable", () => this._read());
      return;
    }
    const piece = this.#rest.subarray(0, PIECE);
    this.#rest = this.#rest.subarray(PIECE);
    setImmediate(() => this.push(piece));
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.tls.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.tls.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.tls.destroy();
    done(error);
  }
}

/** The TLS socket of the socket that an HTTP server reports for a request. */
export function tlsOf(socket: unknown): unknown {
  return socket instanceof PacedSocket ? socket.tls : socket;
}

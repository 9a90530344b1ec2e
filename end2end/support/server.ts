// A real server process with a data folder of its own.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const PARLOR = resolve(process.env.PARLOR_BIN || "../target/release/parlor");

/** A running Parlor. It can be stopped or killed, and opened again where it was. */
export class Server {
  private server?: ChildProcess;
  private logged = "";
  private port = 0;

  private constructor(
    private readonly folder: string,
    private readonly options: string[],
  ) {}

  /** A new server with an empty folder. */
  static async open(options: string[]): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "parlor-story-"));
    const server = new Server(folder, options);
    await server.reopen();
    return server;
  }

  /** The address of a page. */
  url(path = "/"): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Opens the same folder at the same address as before, so that open pages find it again. */
  async reopen(): Promise<void> {
    // Nothing that is set outside may change a story.
    const inherited = Object.entries(process.env);
    const env = Object.fromEntries(inherited.filter(([name]) => !name.startsWith("PARLOR_")));
    const place = ["--listen", `127.0.0.1:${this.port}`, "--data", join(this.folder, "data")];
    const server = spawn(PARLOR, ["serve", ...place, ...this.options], {
      env: { ...env, PARLOR_LOG: "warn" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    server.stderr.on("data", (text) => (this.logged += text));
    const line = await firstLine(server);
    const port = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
    if (!port) throw new Error(`not the line to expect: ${line}\n${this.logged}`);
    this.port = Number(port);
    this.server = server;
  }

  /** All that was is gone: an empty folder, at the same address. */
  async forget(): Promise<void> {
    await this.kill();
    await rm(join(this.folder, "data"), { recursive: true });
    await this.reopen();
  }

  /** What whoever runs the server types, and what is printed. */
  async told(...words: string[]): Promise<string> {
    const data = ["--data", join(this.folder, "data")];
    const { stdout } = await promisify(execFile)(PARLOR, [...words, ...data]);
    return stdout.trim();
  }

  /** SIGTERM: a clean stop, as for an update. */
  async stop(): Promise<void> {
    const [code] = await this.end("SIGTERM");
    if (code !== 0) throw new Error(`not a clean stop: ${code}\n${this.logged}`);
  }

  /** SIGKILL, as by the kernel out of memory. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** SIGSTOP: nothing is answered any more, as on a line that has become very slow. */
  pause(): void {
    this.server?.kill("SIGSTOP");
  }

  /** Goes on after a pause. */
  resume(): void {
    this.server?.kill("SIGCONT");
  }

  /** The server starts anew, and then its disk goes bad: whatever it reads is zeros. */
  async breakDisk(): Promise<void> {
    await this.kill();
    await this.reopen();
    for (const name of ["parlor.db", "parlor.db-wal"]) {
      const file = await open(join(this.folder, "data", name), "r+");
      const { size } = await file.stat();
      await file.write(Buffer.alloc(size), 0, size, 0);
      await file.close();
    }
  }

  /** Nothing of the server's may grow any more: to it, the disk is full (RLIMIT_FSIZE). */
  async fillDisk(): Promise<void> {
    await this.limitFiles("0");
  }

  /** There is room on the disk again. */
  async clearDisk(): Promise<void> {
    await this.limitFiles("unlimited");
  }

  private async limitFiles(bytes: string): Promise<void> {
    await promisify(execFile)("prlimit", [`--pid=${this.server?.pid}`, `--fsize=${bytes}:unlimited`]);
  }

  /** Ends the server for good. */
  async tearDown(): Promise<void> {
    if (this.server) await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<[number | null]> {
    const server = this.server;
    if (!server) throw new Error("the server is closed already");
    this.server = undefined;
    if (server.exitCode !== null) throw new Error(`the server ended by itself\n${this.logged}`);
    const ended = once(server, "exit");
    server.kill(signal);
    return (await ended) as [number | null];
  }
}

/** The line that a server prints when it is ready. */
async function firstLine(server: ChildProcess): Promise<string> {
  const lines = createInterface({ input: server.stdout! });
  const started = once(lines, "line");
  const failed = once(server, "error").then(([error]) => {
    throw error;
  });
  const gone = once(server, "exit").then(([code]) => [`nothing, it ended with ${code}`]);
  const [line] = await Promise.race([started, failed, gone]);
  return line;
}

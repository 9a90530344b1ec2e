// A real server process with its own data directory.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const PARLOR = resolve(process.env.PARLOR_BIN || "../target/release/parlor");

/** A running server. It can be stopped or killed, and restarted on the same data and port. */
export class Server {
  private process?: ChildProcess;
  private log = "";
  private scheme = "http";
  private port = 0;

  private constructor(
    private readonly directory: string,
    private readonly options: string[],
  ) {}

  /** Starts a server with an empty data directory. */
  static async start(options: string[]): Promise<Server> {
    const directory = await mkdtemp(join(tmpdir(), "parlor-test-"));
    const server = new Server(directory, options);
    await server.restart();
    return server;
  }

  /** The URL of a path. */
  url(path = "/"): string {
    return `${this.scheme}://127.0.0.1:${this.port}${path}`;
  }

  /** Starts the server on the same data and port as before, so that open pages can reconnect. */
  async restart(): Promise<void> {
    // Settings of the machine must not affect a test.
    const inherited = Object.entries(process.env);
    const env = Object.fromEntries(inherited.filter(([name]) => !name.startsWith("PARLOR_")));
    const place = ["--listen", `127.0.0.1:${this.port}`, "--data", join(this.directory, "data")];
    const server = spawn(PARLOR, ["serve", ...place, ...this.options], {
      env: { ...env, PARLOR_LOG: "warn" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    server.stderr.on("data", (text) => (this.log += text));
    const line = await firstLine(server);
    const [, scheme, port] = /^listening on (https?):\/\/127\.0\.0\.1:(\d+)$/.exec(line) ?? [];
    if (!scheme || !port) throw new Error(`unexpected first line: ${line}\n${this.log}`);
    this.scheme = scheme;
    this.port = Number(port);
    this.process = server;
  }

  /** Restarts the server with empty data on the same port. */
  async reset(): Promise<void> {
    await this.kill();
    await rm(join(this.directory, "data"), { recursive: true });
    await this.restart();
  }

  /** Runs a `parlor` command on the server's data. Returns what it prints. */
  async command(...words: string[]): Promise<string> {
    const data = ["--data", join(this.directory, "data")];
    const { stdout } = await promisify(execFile)(PARLOR, [...words, ...data]);
    return stdout.trim();
  }

  /** Sends SIGTERM, for a clean stop as before an update. */
  async stop(): Promise<void> {
    const [code] = await this.end("SIGTERM");
    if (code !== 0) throw new Error(`not a clean stop: ${code}\n${this.log}`);
  }

  /** Sends SIGKILL, as the kernel does when it is out of memory. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Sends SIGSTOP, so that the server no longer answers, as over a very slow network. */
  pause(): void {
    this.process?.kill("SIGSTOP");
  }

  /** Resumes the server after a pause. */
  resume(): void {
    this.process?.kill("SIGCONT");
  }

  /** Restarts the server, then overwrites its database with zeros. */
  async corruptDatabase(): Promise<void> {
    await this.kill();
    await this.restart();
    for (const name of ["parlor.db", "parlor.db-wal"]) {
      const file = await open(join(this.directory, "data", name), "r+");
      const { size } = await file.stat();
      await file.write(Buffer.alloc(size), 0, size, 0);
      await file.close();
    }
  }

  /** Forbids the server's files to grow, which to the server is a full disk (RLIMIT_FSIZE). */
  async fillDisk(): Promise<void> {
    await this.limitFiles("0");
  }

  /** Allows the server's files to grow again. */
  async freeDisk(): Promise<void> {
    await this.limitFiles("unlimited");
  }

  private async limitFiles(bytes: string): Promise<void> {
    await promisify(execFile)("prlimit", [`--pid=${this.process?.pid}`, `--fsize=${bytes}:unlimited`]);
  }

  /** Ends the server and deletes its data. */
  async tearDown(): Promise<void> {
    if (this.process) await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<[number | null]> {
    const server = this.process;
    if (!server) throw new Error("the server is not running");
    this.process = undefined;
    if (server.exitCode !== null) throw new Error(`the server ended by itself\n${this.log}`);
    const ended = once(server, "exit");
    server.kill(signal);
    return (await ended) as [number | null];
  }
}

/** The first line of output, which a server prints when it is ready. */
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

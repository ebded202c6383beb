import { Redis, type RedisOptions } from 'ioredis';
import { Failure, NoAnswer } from '../core/errors.js';
import { connectionFailure, replyFailure } from './failures.js';
import type { Server } from './target.js';
import { tlsOptions } from './tls.js';

/** Servers of which it is known whether they speak TLS, by label. */
const LOOKED_AT = new Set<string>();

/**
 * One connection to one server. It never heals itself: whoever asks decides about the next try,
 * because only it knows the deadline and the owner.
 */
export class Link {
  readonly #server: Server;
  readonly #redis: Redis;
  readonly #ready: Promise<void>;
  /** Set once, by the first thing that breaks the connection. */
  #broken: Error | undefined;
  /** Set once, by the first who had no answer in time: nobody new should ask here. */
  #silence: NoAnswer | undefined;
  #begun = false;
  #cancelWait = () => {};
  #connected = false;
  #hasCredentials = false;
  #loggedIn = false;
  /** Something there has spoken to us in the language of Redis. */
  #hasAnswered = false;
  /** By us. */
  #isClosed = false;
  /** Whoever waits for an answer. */
  readonly #waiting = new Set<(failure: Failure) => void>();

  /**
   * Starts to connect at once, so that the rest of the program can load meanwhile.
   *
   * @param wait ms before that
   */
  constructor(server: Server, wait = 0) {
    this.#server = server;
    this.#redis = new Redis({ ...options(server), lazyConnect: wait > 0, replyMapping: 'legacy' });
    this.#redis.on('connect', () => {
      this.#connected = true;
    });
    this.#redis.on('error', (error: Error) => this.#break(error));
    this.#redis.on('end', () => this.#break(new Error('closed')));
    this.#ready = this.#logIn(wait);
    // The next connection may have another password.
    this.#ready.catch((error: Error) => this.#break(error));
  }

  /** Before login nothing is sent, and before the connection stands nothing leaves this process. */
  get #maybeAsked(): boolean {
    return this.#connected && this.#loggedIn;
  }

  get label(): string {
    return this.#server.label;
  }

  /** Whether it is worth a new question. */
  get usable(): boolean {
    return this.#broken === undefined && this.#silence === undefined;
  }

  /** Whether nobody can be answered here any more. */
  get ended(): boolean {
    return this.#broken !== undefined;
  }

  /**
   * Sends one command and waits for its reply.
   *
   * @param within ms for connecting, logging in and the answer
   * @throws NoAnswer when nothing came in time; Failure when the server refused
   */
  command([name = '', ...args]: readonly string[], within: number): Promise<unknown> {
    return this.#bounded(() => this.#redis.call(name, ...args), within);
  }

  /**
   * Sends one EVAL, the whole script with it, and waits for its reply.
   *
   * @param within as above
   * @param asking the node takes the keys over and answers only who was sent to it (ASKING)
   * @throws as above
   */
  evaluate(
    script: string,
    keys: readonly string[],
    args: readonly string[],
    within: number,
    asking = false,
  ): Promise<unknown> {
    return this.#bounded(() => {
      // It counts for the very next command alone, so that nothing may come in between.
      if (asking) this.#redis.call('ASKING').catch(() => {});
      return this.#redis.eval(script, keys.length, ...keys, ...args);
    }, within);
  }

  /** When the server's certificate ends, ms since the epoch; undefined before there is one. */
  get certificateEnds(): number | undefined {
    if (!this.#connected) return undefined;
    const { stream } = this.#redis;
    if (!('getPeerCertificate' in stream)) return undefined;
    const ends = Date.parse(stream.getPeerCertificate().valid_to);
    return Number.isNaN(ends) ? undefined : ends;
  }

  /** Ends the connection now; never waits for the server. */
  close(): void {
    this.#isClosed = true;
    this.#break(new Error('closed'));
  }

  async #logIn(wait: number): Promise<void> {
    // Nothing is left to the queue of ioredis, which sends when it is ready whatever is in it.
    const ready = new Promise<void>((resolve) => this.#redis.once('ready', resolve));
    if (wait > 0) {
      await this.#pause(wait);
      this.#redis.connect().catch(() => {});
    }
    this.#begun = true;
    const { db } = this.#server;
    const { username, password } = (await this.#server.credentials()) ?? {};
    this.#hasCredentials = true;
    await ready;
    // Not left to ioredis: it prints warnings of its own, and goes on in database 0 when SELECT fails.
    if (password !== undefined) {
      await this.#ask(() =>
        username === undefined ? this.#redis.auth(password) : this.#redis.auth(username, password),
      );
    }
    if (db !== 0) await this.#ask(() => this.#redis.select(db));
    this.#loggedIn = true;
  }

  async #ask(send: () => Promise<unknown>): Promise<unknown> {
    if (this.#broken !== undefined) throw this.#failure();
    try {
      this.#gather();
      const reply = await send();
      this.#hasAnswered = true;
      return reply;
    } catch (error) {
      if (isReplyError(error)) {
        this.#hasAnswered = true;
        const refusal = replyFailure(error.message, this.#server.label);
        if (refusal.connectAnew) this.#break(refusal);
        throw refusal;
      }
      this.#break(error instanceof Error ? error : new Error('closed'));
      throw this.#failure();
    }
  }

  /** All that is asked in one turn of the event loop leaves in one write: a hundred writes take 10 ms. */
  #gather(): void {
    const { stream } = this.#redis;
    stream?.cork();
    process.nextTick(() => stream?.uncork());
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#cancelWait = () => clearTimeout(timer);
    });
  }

  /**
   * A server that stays silent must not hold us, so the wait is raced against a timer. What was given up
   * before it could be sent is not sent any more: a claim whose answer nobody hears could be won.
   */
  async #bounded(send: () => Promise<unknown>, within: number): Promise<unknown> {
    let isAwaited = true;
    const answer = this.#ready.then(() => (isAwaited ? this.#ask(send) : undefined));
    let fail = (_: Failure) => {};
    const noAnswer = new Promise<never>((_, reject) => {
      fail = reject;
    });
    this.#waiting.add(fail);
    if (this.#broken !== undefined) fail(this.#failure());
    const timer = setTimeout(() => this.#giveUp(fail, within), within);
    try {
      return await Promise.race([answer, noAnswer]);
    } catch (error) {
      this.#leave(fail);
      throw (await this.#mistakeInUrl(error)) ?? error;
    } finally {
      isAwaited = false;
      clearTimeout(timer);
      this.#leave(fail);
      answer.catch(() => {});
      noAnswer.catch(() => {});
    }
  }

  /**
   * Whoever asks next had better connect anew, since nothing tells a slow server from a connection
   * that a firewall has forgotten. Those who wait here already may be answered yet: the impatience of one
   * is not theirs.
   */
  #giveUp(fail: (failure: Failure) => void, within: number): void {
    const silence = this.#silenceOf(within);
    if (this.#begun) this.#silence ??= silence;
    fail(silence);
  }

  #leave(fail: (failure: Failure) => void): void {
    this.#waiting.delete(fail);
    if (this.#silence !== undefined && this.#waiting.size === 0) this.#break(this.#silence);
  }

  #break(error: Error): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    this.#cancelWait();
    // ioredis takes its listeners away; what TLS has to say afterwards is nobody's business any more.
    this.#redis.stream?.on('error', () => {});
    this.#redis.disconnect();
    for (const fail of this.#waiting) fail(this.#failure());
  }

  #silenceOf(within: number): NoAnswer {
    const { label, tls, place } = this.#server;
    const ms = Math.round(within);
    if (!this.#begun) {
      return new NoAnswer(`Redis at ${label} could not be reached just before`, false);
    }
    if (!this.#hasCredentials) {
      return new NoAnswer(`no credentials for Redis at ${label} within ${ms} ms`, false);
    }
    if (!this.#connected && tls === undefined && place.kind === 'tcp') {
      const hint = 'can its name be looked up, does a firewall let us through?';
      return new NoAnswer(`no connection to Redis at ${label} within ${ms} ms: ${hint}`, false);
    }
    const hint = this.#connected ? '' : '; does the port speak TLS?';
    return new NoAnswer(
      `Redis at ${label} gave no answer within ${ms} ms${hint}`,
      this.#maybeAsked,
    );
  }

  /** Looks once per server whether the URL is wrong about TLS: that is no outage. */
  async #mistakeInUrl(error: unknown): Promise<Failure | undefined> {
    const { place, tls, label } = this.#server;
    if (!(error instanceof NoAnswer) || this.#hasAnswered || this.#isClosed) return undefined;
    if (place.kind === 'unix') return undefined;
    // Where nothing listens, nothing is to be found out.
    const isSuspicious =
      tls === undefined ? this.#connected && this.#silence === undefined : !this.#connected;
    if (!isSuspicious || LOOKED_AT.has(label)) return undefined;
    LOOKED_AT.add(label);
    const { speaksPlainly, speaksTls } = await import('./wrong-port.js');
    if (tls !== undefined && (await speaksPlainly(place))) {
      return new Failure('config', `Redis at ${label}: the port does not speak TLS; use redis://`);
    }
    if (tls === undefined && (await speaksTls(place))) {
      return new Failure('config', `Redis at ${label}: the port speaks TLS; use rediss://`);
    }
    return undefined;
  }

  #failure(): Failure {
    const { label } = this.#server;
    if (this.#broken instanceof Failure) return this.#broken;
    // ioredis reports the refusal of a SELECT as an error of the connection as well.
    return isReplyError(this.#broken)
      ? replyFailure(this.#broken.message, label)
      : connectionFailure(this.#broken, label, this.#maybeAsked);
  }
}

/** The class is not exported in a way that survives bundling, so it is told by its name. */
function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/**
 * What makes one round trip of ioredis 6: by default it retries for ever, sends INFO first, sends a
 * command again whose connection broke, and holds the process for 2 s after a failure.
 */
function options({ place, tls }: Server): RedisOptions {
  const common: RedisOptions = {
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: null,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: 0,
    disconnectTimeout: 20,
    noDelay: true,
  };
  if (place.kind === 'unix') return { ...common, path: place.path };
  const tcp: RedisOptions = { ...common, host: place.host, port: place.port };
  if (tls === undefined) return tcp;
  return { ...tcp, tls: tlsOptions(tls, place.host) };
}

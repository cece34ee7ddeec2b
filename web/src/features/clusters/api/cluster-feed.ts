import type { QueryClient } from "@tanstack/react-query";
import { apiBase, type Schemas } from "../../../api/client";
import { changeClusters, replaceClusters, setFollowed, type Cluster } from "./cluster-queries";

/** The state of the event stream, and when it became so (milliseconds). */
export interface FeedStatus {
  state: "connecting" | "live" | "lost";
  since: number;
}

export interface FeedOptions {
  queries: QueryClient;
  /** Opens the stream; tests give their own. */
  open?: (url: string) => EventSource;
  /** Asks whether the session still holds, refreshing it if it must; false: the person is signed out. */
  alive: () => Promise<boolean>;
}

const flushAfter = 50; // a burst becomes one rendering
const retryFirst = 1000;
const retryMost = 30_000;
const beatsMissed = 3;

/**
 * The one event stream of the tab. It brings `upsert` for every cluster, then `ready`, then changes; a new connection starts
 * from the beginning, so that what was deleted meanwhile is what has not come by `ready`.
 */
export class ClusterFeed {
  private readonly options: FeedOptions;
  private readonly listeners = new Set<() => void>();
  private current: FeedStatus = { state: "connecting", since: Date.now() };
  private source: EventSource | null = null;
  private replay: Map<string, Cluster> | null = null;
  private pending = new Map<string, Cluster | null>();
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private retryDelay = retryFirst;
  private beat = { last: 0, period: 0, timer: undefined as ReturnType<typeof setTimeout> | undefined };

  constructor(options: FeedOptions) {
    this.options = options;
  }

  status = (): FeedStatus => this.current;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): void {
    addEventListener("offline", this.onOffline);
    addEventListener("online", this.onOnline);
    this.connect();
  }

  stop(): void {
    removeEventListener("offline", this.onOffline);
    removeEventListener("online", this.onOnline);
    this.close();
    clearTimeout(this.retryTimer);
    setFollowed(this.options.queries, false);
  }

  private connect(): void {
    this.close();
    const source = (this.options.open ?? ((url) => new EventSource(url)))(`${apiBase}/clusters/events`);
    this.source = source;
    source.onopen = () => {
      this.replay = new Map();
      this.pending.clear();
    };
    source.addEventListener("upsert", this.onChange);
    source.addEventListener("delete", this.onChange);
    source.addEventListener("ready", this.onReady);
    source.addEventListener("beat", this.onBeat);
    source.onerror = () => {
      this.setState("lost");
      // 2 is CLOSED: the browser has given up, for example because the access token has run out.
      if (source.readyState === 2) this.retry();
    };
  }

  private close(): void {
    this.source?.close();
    this.source = null;
    this.replay = null;
    clearTimeout(this.flushTimer);
    clearTimeout(this.beat.timer);
    this.flushTimer = undefined;
    this.pending.clear();
    this.beat.last = 0;
  }

  private retry(): void {
    this.close();
    clearTimeout(this.retryTimer);
    const delay = this.retryDelay * (0.75 + Math.random() / 2);
    this.retryDelay = Math.min(this.retryDelay * 2, retryMost);
    this.retryTimer = setTimeout(() => {
      this.options.alive().then(
        (alive) => {
          if (alive) this.connect();
        },
        () => {
          this.retry();
        },
      );
    }, delay);
  }

  private readonly onChange = (message: MessageEvent<string>): void => {
    const event = JSON.parse(message.data) as Schemas["ClusterEvent"];
    const cluster = event.type === "upsert" ? event.cluster : null;
    if (cluster === undefined) return;
    if (this.replay) {
      if (cluster) this.replay.set(event.id, cluster);
      else this.replay.delete(event.id);
      return;
    }
    this.pending.set(event.id, cluster);
    this.flushTimer ??= setTimeout(this.flush, flushAfter);
  };

  private readonly onReady = (): void => {
    this.retryDelay = retryFirst;
    if (this.replay) {
      replaceClusters(this.options.queries, [...this.replay.values()]);
      this.replay = null;
    }
    setFollowed(this.options.queries, true);
    this.setState("live");
  };

  private readonly flush = (): void => {
    this.flushTimer = undefined;
    const changes = this.pending;
    this.pending = new Map();
    changeClusters(this.options.queries, changes);
  };

  /** Once the hub has sent two beats, their absence says what a broken network does not: that nobody is there. */
  private readonly onBeat = (): void => {
    const now = Date.now();
    if (this.beat.last) this.beat.period = now - this.beat.last;
    this.beat.last = now;
    if (!this.beat.period) return;
    clearTimeout(this.beat.timer);
    this.beat.timer = setTimeout(() => {
      this.setState("lost");
      this.retry();
    }, this.beat.period * beatsMissed);
  };

  private readonly onOffline = (): void => {
    this.close();
    this.setState("lost");
  };

  private readonly onOnline = (): void => {
    this.retryDelay = retryFirst;
    this.retry();
  };

  private setState(state: FeedStatus["state"]): void {
    if (state !== "live") setFollowed(this.options.queries, false);
    if (this.current.state === state) return;
    this.current = { state, since: Date.now() };
    for (const listener of this.listeners) listener();
  }
}

/** The types that host and worker exchange: functions, their bindings and their data. */

export interface Binding {
  type: string;
  direction: 'in' | 'out';
  name?: string;
  route?: string;
  methods?: string[];
  authLevel?: string;
  schedule?: string;
  runOnStartup?: boolean;
  queueName?: string;
  connection?: string;
}

/** A value in transit between host and worker. Exactly one field is set. */
export interface TypedData {
  string?: string;
  json?: string;
  int?: number;
  double?: number;
  bytes?: Uint8Array;
  http?: RpcHttp;
}

/** The value as JSON text. */
export function jsonOf(data: TypedData | null | undefined): string {
  return data?.json ?? JSON.stringify(data?.string ?? data?.int ?? data?.double ?? null);
}

export interface RpcHttp {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  query?: Record<string, string>;
  nullableHeaders?: object;
  nullableParams?: object;
  nullableQuery?: object;
  statusCode?: string;
  body?: TypedData;
}

export interface RegisteredFunction {
  name: string;
  bindings: Record<string, Binding>;
  trigger: Binding & { name: string };
}

export interface Invocation {
  invocationId: string;
  inputs: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
}

export interface Outcome {
  returnValue: TypedData | null | undefined;
  outputs: { binding: Binding; data: TypedData }[];
}

export type ToWorker =
  | { kind: 'invoke'; name: string; invocation: Invocation }
  | { kind: 'start' | 'terminate' };

/** An error as text, because errors of the app may not be cloneable. */
export interface Thrown {
  message: string;
  stack: string;
}

export type FromWorker =
  | { kind: 'loaded'; functions: RegisteredFunction[]; streamUrl: string | undefined }
  | { kind: 'notLoaded'; error: Thrown }
  | { kind: 'returned'; invocationId: string; outcome: Outcome }
  | { kind: 'threw'; invocationId: string; error: Thrown }
  | { kind: 'started' | 'terminated' };

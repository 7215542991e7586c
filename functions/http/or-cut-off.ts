/**
 * A reply, or the end of the caller's connection. With HTTP streaming a function that throws answers
 * nothing: its caller would wait in vain (docs/azure.md, "HTTP streaming").
 */
import { HttpResponse, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { exchangeOf } from './exchanges.ts';

/**
 * The reply is built here, so a reply that cannot be built, for example because of an invalid header,
 * is aborted as well.
 */
export async function orCutOff(
  { invocationId }: Pick<InvocationContext, 'invocationId'>,
  reply: () => Promise<HttpResponseInit>,
): Promise<HttpResponse> {
  try {
    return new HttpResponse(await reply());
  } catch (error) {
    exchangeOf(invocationId)?.response.destroy();
    throw error;
  }
}

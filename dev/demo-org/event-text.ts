/**
 * The raw JSON of an event, in the shapes of Okta's published examples: valid, realistic, and with
 * unusual values that are difficult for connectors. It is text because a serialiser would not
 * reproduce all of it.
 */
import { type Dice, diceOf } from './dice.ts';
import { AGENTS, APPS, KINDS, type Kind, PEOPLE, PLACES } from './vocabulary.ts';

/** Over 32 Ki characters: more than one table cell holds. */
const LARGE = 40_000;

export interface EventText {
  uuid: string;
  raw: string;
}

export function eventText(seed: number, index: number, publishedMs: number): EventText {
  const dice = diceOf(seed, index, 2);
  const kind = dice.pick(KINDS);
  const result = dice.pick(kind.results);
  const uuid = `${dice.hex(8)}-${dice.hex(4)}-11f1-${dice.hex(4)}-${dice.hex(12)}`;
  const raw = [
    `{"actor":${actor(dice)}`,
    `"client":${client(dice)}`,
    ...(index % 9 === 0
      ? [
          `"device":{"id":"guo${dice.hex(17)}","name":"LAPTOP-${dice.hex(6)}","os_platform":"WINDOWS","registered":true,"managed":false}`,
        ]
      : [`"device":null`]),
    `"authenticationContext":{"authenticationProvider":null,"credentialProvider":null,"credentialType":null,"issuer":null,"interface":null,"authenticationStep":0,"rootSessionId":"idx${dice.hex(20)}","externalSessionId":"idx${dice.hex(20)}"}`,
    `"displayMessage":"${kind.message}"`,
    `"eventType":"${kind.type}"`,
    `"outcome":{"result":"${result}","reason":${result === 'FAILURE' ? '"INVALID_CREDENTIALS"' : 'null'}}`,
    `"published":"${new Date(publishedMs).toISOString()}"`,
    `"securityContext":{"asNumber":${dice.below(60_000) + 1},"asOrg":"example networks","isp":"example","domain":"example.com","isProxy":${dice.below(10) === 0}}`,
    `"severity":"${result === 'FAILURE' || result === 'DENY' ? 'WARN' : 'INFO'}"`,
    `"debugContext":{"debugData":${debugData(dice, index)}}`,
    `"legacyEventType":${index % 3 === 0 ? 'null' : `"core.${kind.type.replaceAll('.', '_')}"`}`,
    `"transaction":{"type":"WEB","id":"${dice.hex(27)}","detail":{}}`,
    `"uuid":"${uuid}"`,
    `"version":"0"`,
    `"request":{"ipChain":[${ipChain(dice)}]}`,
    `"target":${target(dice, kind)}}`,
  ].join(',');
  // Sometimes with the white space of a pretty printer.
  return {
    uuid,
    raw:
      index % 13 === 0 ? raw.replaceAll('":{', '" : { ').replace('{"actor"', '{\n "actor"') : raw,
  };
}

function actor(dice: Dice): string {
  const n = dice.below(400);
  return `{"id":"00u${String(n).padStart(4, '0')}example0","type":"User","alternateId":"user${n}@example.com","displayName":"${dice.pick(PEOPLE)}","detailEntry":null}`;
}

const address = (dice: Dice) => `203.0.113.${dice.below(255)}`;

function place(dice: Dice): string {
  const [city, country, lat, lon] = dice.pick(PLACES);
  return `{"city":"${city}","state":null,"country":"${country}","postalCode":"${dice.below(90_000) + 10_000}","geolocation":{"lat":${lat},"lon":${lon}}}`;
}

function client(dice: Dice): string {
  return `{"userAgent":{"rawUserAgent":"${dice.pick(AGENTS)}","os":"Unknown","browser":"UNKNOWN"},"zone":"${dice.below(4) === 0 ? 'null' : 'OFF_NETWORK'}","device":"Computer","id":null,"ipAddress":"${address(dice)}","geographicalContext":${place(dice)}}`;
}

const ipChain = (dice: Dice) =>
  `{"ip":"${address(dice)}","geographicalContext":${place(dice)},"version":"V4","source":null}`;

/** A free map: integers beyond a double, numbers in unusual notation, sometimes long text. */
function debugData(dice: Dice, index: number): string {
  const large = index % 5000 === 4999 ? `,"changeDetails":"${dice.hex(LARGE)}"` : '';
  return `{"requestId":"${dice.hex(32)}","dtHash":"${dice.hex(64)}","requestUri":"\\/api\\/v1\\/authn","url":"\\/api\\/v1\\/authn?","threatSuspected":"false","counter":${9_007_199_254_740_993n + BigInt(index)},"score":1.0,"factor":1e3,"behaviors":"{New Geo-Location=NEGATIVE, New IP=POSITIVE}","app":"${dice.pick(APPS)}"${large}}`;
}

function target(dice: Dice, { target: type }: Kind): string {
  if (type === undefined) return dice.below(2) === 0 ? 'null' : '[]';
  const id = `0oa${dice.hex(17)}`;
  return `[{"id":"${id}","type":"${type}","alternateId":"${type.toLowerCase()}-${dice.below(50)}","displayName":"${dice.pick(APPS)}","detailEntry":{"signOnModeType":"SAML_2_0"}}]`;
}

// Preloaded into processes that live in an earlier time: their clock is off by CLOCK_OFFSET_MS.
import http from 'node:http';

const RealDate = Date;
const offsetMs = Number(process.env.CLOCK_OFFSET_MS);

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offsetMs);
    else super(...given);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
};

// Node's own `Date` header has the real time: servers send the header themselves.
const { writeHead } = http.ServerResponse.prototype;
http.ServerResponse.prototype.writeHead = function (...given) {
  if (!this.headersSent && this.sendDate && !this.hasHeader('date'))
    this.setHeader('date', new Date().toUTCString());
  return writeHead.apply(this, given);
};

/** The local vault's certificate: created once, stored with its data. */
import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM file to trust. */
  file: string;
  cert: string;
  key: string;
}

const DAYS_VALID = 365;

export async function certificateIn(folder: string): Promise<Certificate> {
  const file = path.join(folder, 'certificate.pem');
  const keyFile = path.join(folder, 'key.pem');
  const madeAtMs = fs.existsSync(keyFile) ? fs.statSync(keyFile).mtimeMs : 0;
  if (!belongTogether(file, keyFile) || Date.now() - madeAtMs > (DAYS_VALID / 2) * 86_400_000) {
    // A unique name: two trusted certificates with the same name cannot be distinguished.
    const name = `Okta connector, local vault ${randomUUID()}`;
    const made = await generate([{ name: 'commonName', value: name }], {
      notAfterDate: new Date(Date.now() + DAYS_VALID * 86_400_000),
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ],
    });
    fs.writeFileSync(keyFile, made.private, { mode: 0o600 });
    fs.writeFileSync(file, made.cert);
  }
  return { file, cert: fs.readFileSync(file, 'utf8'), key: fs.readFileSync(keyFile, 'utf8') };
}

/** False also for a missing or truncated file. */
function belongTogether(file: string, keyFile: string): boolean {
  try {
    const certificate = new X509Certificate(fs.readFileSync(file));
    return certificate.checkPrivateKey(createPrivateKey(fs.readFileSync(keyFile)));
  } catch {
    return false;
  }
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of our own and what it signed: PEM files in a temporary folder. */
export interface Certificates {
  readonly folder: string;
  /** Path of the authority's certificate: whom to trust. */
  readonly ca: string;
  /** Of a server on `127.0.0.1`, `::1` and `localhost`. */
  readonly server: Certificate;
  /** Of a server on another host alone. */
  readonly otherHost: Certificate;
  /** For the hosts of `server`, over since yesterday. */
  readonly expired: Certificate;
  /** For the hosts of `server`, signed by an authority that nobody knows. */
  readonly stranger: Certificate;
  readonly client: Certificate;
  /** The certificate of `client`, its key encrypted with `passphrase`. */
  readonly lockedClient: Certificate;
  readonly passphrase: string;
  /** Removes the files. */
  remove(): void;
}

const HERE = 'DNS:localhost,IP:127.0.0.1,IP:::1';
const PASSPHRASE = 'open sesame';

/** Without the defaults of the system's openssl.cnf, which add extensions of their own. */
const CONFIG = '[req]\ndistinguished_name = name\n[name]\n';

/** Makes all of them with openssl(1), in a quarter of a second. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  try {
    return certificatesIn(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function certificatesIn(folder: string): Certificates {
  const config = join(folder, 'openssl.cnf');
  writeFileSync(config, CONFIG);

  /** `command` is what openssl is called by: for the past, with another clock. */
  const make = (name: string, extra: readonly string[], command: readonly string[] = []) => {
    const made = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', made.key, '-out', made.cert, '-subj', `/CN=${name}`];
    const options = ['req', '-x509', '-config', config, ...curve, ...files, '-days', '2'];
    openssl([...options, ...extra], command);
    return made;
  };
  const authority = (name: string) => make(name, ['-addext', 'basicConstraints=critical,CA:TRUE']);
  const signedBy = ({ cert, key }: Certificate, ...extensions: readonly string[]) => {
    const all = ['basicConstraints=CA:FALSE', ...extensions];
    return ['-CA', cert, '-CAkey', key, ...all.flatMap((one) => ['-addext', one])];
  };

  const ca = authority('authority');
  const here = `subjectAltName=${HERE}`;
  const client = make('client', signedBy(ca));
  const lockedKey = join(folder, 'locked-client.key');
  const lock = ['-aes256', '-passout', `pass:${PASSPHRASE}`];
  openssl(['pkey', '-in', client.key, ...lock, '-out', lockedKey]);
  return {
    folder,
    ca: ca.cert,
    server: make('server', signedBy(ca, here)),
    otherHost: make('other-host', signedBy(ca, 'subjectAltName=DNS:redis.example')),
    expired: make('expired', signedBy(ca, here), ['faketime', '-f', '-3d']),
    stranger: make('stranger', signedBy(authority('unknown-authority'), here)),
    client,
    lockedClient: { cert: client.cert, key: lockedKey },
    passphrase: PASSPHRASE,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function openssl(args: readonly string[], command: readonly string[] = []): void {
  const [program = '', ...rest] = [...command, 'openssl', ...args];
  try {
    execFileSync(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (!missing) throw cause;
    throw new Error(`${program} is not installed; run: apt-get install ${program}`, { cause });
  }
}

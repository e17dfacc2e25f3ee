/** Asks 127.0.0.11 one question and prints the answer as JSON: `ask.ts NAME TYPE [tcp|edns|nonsense]`. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet, type RecordType } from 'dns-packet';

const [, , name = '', type = 'A', how = 'udp'] = process.argv;
const SERVER = '127.0.0.11';

const query: Packet = {
  type: 'query',
  id: 4711,
  flags: 0x0100,
  questions: [{ type: type as RecordType, name }],
  additionals:
    how === 'edns'
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: 4096,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
};

const HEADER = [0x12, 0x67, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const NONSENSE: Record<string, number[]> = {
  short: [1, 2, 3],
  garbage: [...HEADER, 200, 1, 2],
  /** A name that points to itself. */
  loop: [...HEADER, 0xc0, 12, 0, 1, 0, 1],
  response: [0x12, 0x67, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0],
  none: [0x12, 0x67, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
};

function show(answer: DecodedPacket | undefined): void {
  const data = (answer?.answers ?? []).map((record) => ('data' in record ? record.data : ''));
  const rcode = answer ? (answer as DecodedPacket & { rcode: string }).rcode : 'NOTHING';
  console.log(JSON.stringify({ rcode, data, truncated: answer?.flag_tc ?? false }));
  process.exit();
}

setTimeout(() => show(undefined), how === 'nonsense' ? 200 : 4500);
if (how === 'tcp') {
  const message = encode(query);
  const socket = connect(53, SERVER, () => {
    socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]));
  });
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) show(decode(bytes.subarray(2)));
  });
} else {
  const socket = createSocket('udp4');
  socket.on('message', (bytes) => how !== 'nonsense' && show(decode(bytes)));
  socket.send(how === 'nonsense' ? Buffer.from(NONSENSE[name] ?? []) : encode(query), 53, SERVER);
}

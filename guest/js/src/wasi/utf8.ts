/** The bytes of a text. Half of a surrogate pair becomes U+FFFD. */
export function encode(text: string): Uint8Array {
    return Uint8Array.from(unescape(encodeURIComponent(text.toWellFormed())), (each) => each.charCodeAt(0));
}

/** The text of bytes. Throws a URIError if they are not UTF-8. */
export function decode(bytes: Uint8Array): string {
    let escaped = "";
    for (const byte of bytes) {
        escaped += byte < 0x80 && byte !== PERCENT ? String.fromCharCode(byte) : `%${byte.toString(16)}`;
    }
    return decodeURIComponent(escaped);
}

const PERCENT = 0x25;

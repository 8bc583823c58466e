// QuickJS has no TextEncoder. What there is in its place is written in C: a loop over the bytes here takes fifty times as long.

/** The bytes of a text. Half of a surrogate pair becomes U+FFFD. */
export function encode(text: string): Uint8Array {
    return Uint8Array.fromBase64(btoa(unescape(encodeURIComponent(text.toWellFormed()))));
}

/** The text of bytes. Throws a URIError if they are not UTF-8. */
export function decode(bytes: Uint8Array): string {
    return decodeURIComponent(escape(atob(bytes.toBase64())));
}

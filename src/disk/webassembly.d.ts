/** What of WebAssembly is used here: Node has it, but its types do not name it without those of a browser. */
declare namespace WebAssembly {
  class Module { constructor(bytes: Uint8Array<ArrayBuffer>); }
  class Instance { constructor(module: Module); readonly exports: Readonly<Record<string, unknown>>; }
  class CompileError extends Error {}
  interface Memory { readonly buffer: ArrayBuffer }
}

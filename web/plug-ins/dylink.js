// One module that is linked where the host says: the conventions for dynamic linking of Wasm (the section `dylink.0`). Plug-ins of the physics
// and effects of the sound are both loaded through this.

/**
 * @typedef {object} Place
 * @property {string} file for messages
 * @property {WebAssembly.Module} module
 * @property {number} memoryBase address of its data
 * @property {number} tableBase its first slot in the table
 * @property {number} stack upper end of its stack
 */

/**
 * Imports of a module, and what is to be done with its instance before anything else; `first` of several instances makes ready what all share.
 * @param {WebAssembly.Memory} memory
 * @param {WebAssembly.Table} table
 * @param {Place} place
 * @returns {{imports: WebAssembly.Imports, finish: (instance: WebAssembly.Instance, first: boolean) => Record<string, any>}}
 */
export function link(memory, table, { file, module, memoryBase, tableBase, stack }) {
  const number = (/** @type {number} */ value, mutable = false) => new WebAssembly.Global({ value: 'i32', mutable }, value);
  const imports = {
    env: {
      memory,
      __indirect_function_table: table,
      __memory_base: number(memoryBase),
      __table_base: number(tableBase),
      __stack_pointer: number(stack, true),
    },
    'GOT.mem': /** @type {Record<string, WebAssembly.Global>} */ ({}),
    'GOT.func': /** @type {Record<string, WebAssembly.Global>} */ ({}),
  };
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === 'GOT.mem' || from === 'GOT.func') imports[from][name] = number(0, true);
  }
  const finish = (/** @type {WebAssembly.Instance} */ instance, /** @type {boolean} */ first) => {
    const exports = /** @type {Record<string, any>} */ (instance.exports);
    // Position-independent code finds its data and functions through these, which only now are known.
    for (const [name, global] of Object.entries(imports['GOT.mem'])) global.value = memoryBase + needed(exports, name, file).value;
    for (const [name, global] of Object.entries(imports['GOT.func'])) {
      global.value = table.grow(1);
      table.set(global.value, needed(exports, name, file));
    }
    // A module that is not position-independent may have its own stack pointer.
    if (exports.__stack_pointer instanceof WebAssembly.Global) exports.__stack_pointer.value = stack;
    if (first) for (const name of ['__wasm_apply_data_relocs', '__wasm_call_ctors', '_initialize']) exports[name]?.();
    return exports;
  };
  return { imports, finish };
}

/** @param {Record<string, any>} exports @param {string} name @param {string} file */
function needed(exports, name, file) {
  if (!(name in exports)) throw new Error(`${file} refers to ${name}, which it does not export`);
  return exports[name];
}

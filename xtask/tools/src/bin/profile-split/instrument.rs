//! Makes a program note which of its functions are called.

use anyhow::Result;
use walrus::ir::{Const, GlobalSet, Value};
use walrus::{ConstExpr, FunctionId, Module, ValType};

/// The program with an exported global `called N` for each function N that it defines: 0, and 1 once it was called.
/// Imported functions count, and have no such global.
pub(crate) fn instrument(program: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::from_buffer(program)?;
    let functions: Vec<FunctionId> = module.funcs.iter().map(walrus::Function::id).collect();
    for (number, id) in functions.into_iter().enumerate() {
        if let walrus::FunctionKind::Local(function) = &mut module.funcs.get_mut(id).kind {
            let zero = ConstExpr::Value(Value::I32(0));
            let called = module.globals.add_local(ValType::I32, true, false, zero);
            let entry = function.entry_block();
            let mut body = function.builder_mut().instr_seq(entry);
            body.instr_at(0, Const { value: Value::I32(1) }).instr_at(1, GlobalSet { global: called });
            module.exports.add(&format!("called {number}"), called);
        }
    }
    Ok(module.emit_wasm())
}

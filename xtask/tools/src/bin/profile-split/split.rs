//! Cuts a program into pieces.
//!
//! In place of a function of another piece the main piece has a stub, which calls the host first if that piece is not
//! there, and then the function by its place in the table: the piece writes its functions there when it is instantiated.
//! A piece imports everything else from the main piece, functions of a third one as stubs.

use crate::data_segments::{self, Place};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use walrus::ir::{UnaryOp, Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId,
    GlobalKind, ImportedFunction, LocalFunction, Module, TableId, ValType,
};

/// What the name of the import contains that loads a piece. Its argument is the number of the piece.
const LOAD: &str = "stageplayLoadPiece";

/// The module from which pieces import.
const MAIN: &str = "main";

/// The pieces as WebAssembly, and the program as it was, for who takes it as one file.
pub(crate) struct Pieces {
    pub(crate) main: Vec<u8>,
    pub(crate) others: Vec<Vec<u8>>,
    pub(crate) whole: Vec<u8>,
}

/// A program with its functions in the order of their numbers.
struct Program {
    module: Module,
    functions: Vec<FunctionId>,
}

impl Program {
    fn parse(bytes: &[u8]) -> Result<Program> {
        let module = Module::from_buffer(bytes)?;
        let functions = module.funcs.iter().map(walrus::Function::id).collect();
        Ok(Program { module, functions })
    }

    fn table(&self) -> Result<TableId> {
        self.module.tables.main_function_table()?.context("the program has no table of functions")
    }

    fn globals(&self) -> Vec<GlobalId> {
        self.module.globals.iter().map(walrus::Global::id).collect()
    }
}

/// Which functions go where, by number.
struct Plan {
    /// The piece of each; imports are in the main piece.
    piece: Vec<usize>,
    /// How many pieces there are.
    count: usize,
    /// Those outside of the main piece to which something outside of their own refers: their places in the table. The
    /// places of a piece follow one another.
    slots: BTreeMap<usize, u64>,
    /// How large the table becomes.
    table_size: u64,
    /// Those to which something refers outside of their own piece and of the main piece.
    shared: BTreeSet<usize>,
}

/// Whether a function compares or hashes the keys of a hash table. Which keys a run compares depends on their hashes, and
/// those on addresses: a run that does not call it says nothing about the next one.
fn compares_keys(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.contains("hashbrown") && name.contains("closure"))
}

impl Plan {
    fn new(program: &Program, profile: &BTreeMap<usize, usize>) -> Result<Plan> {
        let numbers: HashMap<FunctionId, usize> = program.functions.iter().copied().zip(0..).collect();
        let module = &program.module;
        let last = profile.values().max().map_or(1, |piece| piece + 1);
        let is_local = |id: &FunctionId| matches!(module.funcs.get(*id).kind, FunctionKind::Local(_));
        let is_main = |id: &FunctionId| !is_local(id) || compares_keys(module.funcs.get(*id).name.as_deref());
        let of = |(number, id)| if is_main(id) { 0 } else { profile.get(&number).copied().unwrap_or(last) };
        let piece: Vec<usize> = (0..).zip(&program.functions).map(of).collect();
        let mut outside: BTreeSet<usize> = BTreeSet::new();
        let mut shared = BTreeSet::new();
        for (id, function) in module.funcs.iter_local() {
            let caller = piece[numbers[&id]];
            for callee in referred(function).iter().map(|id| numbers[id]).filter(|callee| piece[*callee] != caller) {
                outside.insert(callee);
                if caller != 0 {
                    shared.insert(callee);
                }
            }
        }
        let elements = module.elements.iter().filter_map(|element| match &element.items {
            ElementItems::Functions(functions) => Some(functions.as_slice()),
            ElementItems::Expressions(..) => None,
        });
        outside.extend(elements.flatten().map(|id| numbers[id]));
        outside.extend(module.exports.iter().filter_map(|export| match export.item {
            ExportItem::Function(id) => Some(numbers[&id]),
            _ => None,
        }));
        let mut outside: Vec<usize> = outside.into_iter().filter(|number| piece[*number] != 0).collect();
        outside.sort_by_key(|number| (piece[*number], *number));
        let first_slot = module.tables.get(program.table()?).initial;
        let table_size = first_slot + outside.len() as u64;
        Ok(Plan { slots: outside.into_iter().zip(first_slot..).collect(), piece, count: last + 1, table_size, shared })
    }

    /// The functions of a piece that have a place in the table, and the first place.
    fn slots_of(&self, piece: usize) -> (Vec<usize>, u64) {
        let slots: Vec<(usize, u64)> = self
            .slots
            .iter()
            .map(|(number, slot)| (*number, *slot))
            .filter(|(number, _)| self.piece[*number] == piece)
            .collect();
        (slots.iter().map(|(number, _)| *number).collect(), slots.first().map_or(0, |(_, slot)| *slot))
    }
}

/// The functions to which a function refers.
fn referred(function: &LocalFunction) -> Vec<FunctionId> {
    struct Functions(Vec<FunctionId>);
    impl<'a> Visitor<'a> for Functions {
        fn visit_function_id(&mut self, function: &FunctionId) {
            self.0.push(*function);
        }
    }
    let mut functions = Functions(Vec::new());
    dfs_in_order(&mut functions, function, function.entry_block());
    functions.0
}

/// Cuts a program: `profile` has the pieces of functions, by number. All others are in one more piece.
///
/// # Errors
/// The program is not as `page-bindings` writes it, or does not import [`LOAD`].
pub(crate) fn split(bytes: &[u8], profile: &BTreeMap<usize, usize>, linked: &[u8]) -> Result<Pieces> {
    let program = Program::parse(bytes)?;
    let plan = Plan::new(&program, profile)?;
    // Of a name that functions of two pieces have, the main piece has the data.
    let mut pieces: HashMap<&str, usize> = HashMap::new();
    for (number, id) in program.functions.iter().enumerate() {
        if let Some(name) = program.module.funcs.get(*id).name.as_deref() {
            let piece = plan.piece[number];
            pieces.entry(name).and_modify(|known| *known = if *known == piece { piece } else { 0 }).or_insert(piece);
        }
    }
    let places = data_segments::places(linked, plan.count, |name| pieces.get(name).copied().unwrap_or(0))?;
    let others = (1..plan.count).map(|piece| other_piece(Program::parse(bytes)?, &plan, piece, &places[piece]));
    Ok(Pieces {
        others: others.collect::<Result<_>>()?,
        main: main_piece(Program::parse(bytes)?, &plan, &data_segments::all(&places))?,
        whole: finish(&mut Program::parse(bytes)?.module),
    })
}

/// The name under which the main piece exports what has this number among its like.
fn export_name(kind: char, number: usize) -> String {
    format!("{kind}{number}")
}

fn main_piece(mut program: Program, plan: &Plan, places: &[Place]) -> Result<Vec<u8>> {
    let table = program.table()?;
    let globals = program.globals();
    let module = &mut program.module;
    let load = module.imports.iter().find(|import| import.name.contains(LOAD)).map(|import| import.kind.clone());
    let Some(walrus::ImportKind::Function(load)) = load else { anyhow::bail!("the program does not import {LOAD}") };
    // 1 once a piece is there. The main piece has none.
    let mut is_there = Vec::new();
    for piece in 0..plan.count {
        let global = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
        module.exports.add(&format!("isThere{piece}"), global);
        is_there.push(global);
    }
    for (number, piece) in plan.piece.iter().copied().enumerate().filter(|(_, piece)| *piece != 0) {
        let id = program.functions[number];
        let ty = module.funcs.get(id).ty();
        let (params, results) = module.types.params_results(ty);
        let (params, results) = (params.to_vec(), results.to_vec());
        let mut stub = FunctionBuilder::new(&mut module.types, &params, &results);
        let arguments: Vec<_> = params.iter().map(|ty| module.locals.add(*ty)).collect();
        let mut body = stub.func_body();
        if let Some(slot) = plan.slots.get(&number) {
            let wait = |then: &mut walrus::InstrSeqBuilder| {
                then.i32_const(piece as i32).call(load);
            };
            body.global_get(is_there[piece]).unop(UnaryOp::I32Eqz).if_else(None, wait, |_| {});
            for argument in &arguments {
                body.local_get(*argument);
            }
            body.i32_const(i32::try_from(*slot)?).call_indirect(ty, table);
        } else {
            body.unreachable();
        }
        module.funcs.get_mut(id).kind = FunctionKind::Local(stub.local_func(arguments));
    }
    for number in &plan.shared {
        module.exports.add(&export_name('f', *number), program.functions[*number]);
    }
    for (number, id) in globals.into_iter().enumerate() {
        module.exports.add(&export_name('g', number), id);
    }
    let tables: Vec<TableId> = module.tables.iter().map(walrus::Table::id).collect();
    for (number, id) in tables.into_iter().enumerate() {
        module.exports.add(&export_name('t', number), id);
    }
    let memory = module.get_memory_id()?;
    module.exports.add("m", memory);
    let table = module.tables.get_mut(table);
    table.initial = plan.table_size;
    table.maximum = table.maximum.map(|maximum| maximum.max(plan.table_size));
    set_data(module, places, false)?;
    Ok(finish(module))
}

fn other_piece(mut program: Program, plan: &Plan, piece: usize, places: &[Place]) -> Result<Vec<u8>> {
    let table = program.table()?;
    let globals = program.globals();
    let module = &mut program.module;
    for id in module.exports.iter().map(walrus::Export::id).collect::<Vec<_>>() {
        module.exports.delete(id);
    }
    module.start = None;
    let is_other = |(number, _): &(usize, FunctionId)| plan.piece[*number] != piece;
    for (number, id) in program.functions.iter().copied().enumerate().filter(is_other) {
        let ty = module.funcs.get(id).ty();
        if let FunctionKind::Import(import) = &module.funcs.get(id).kind {
            let import = module.imports.get_mut(import.import);
            (import.module, import.name) = (MAIN.to_string(), export_name('f', number));
        } else {
            let import = module.imports.add(MAIN, &export_name('f', number), id);
            module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
        }
    }
    for (number, id) in globals.into_iter().enumerate() {
        let import = module.imports.add(MAIN, &export_name('g', number), id);
        let global = module.globals.get_mut(id);
        ensure!(matches!(global.kind, GlobalKind::Local(_)), "the program imports a global");
        global.kind = GlobalKind::Import(import);
    }
    let tables: Vec<TableId> = module.tables.iter().map(walrus::Table::id).collect();
    for (number, id) in tables.into_iter().enumerate() {
        let import = module.imports.add(MAIN, &export_name('t', number), id);
        let table = module.tables.get_mut(id);
        table.import = Some(import);
        table.elem_segments.clear();
    }
    let memory = module.get_memory_id()?;
    let import = module.imports.add(MAIN, "m", memory);
    module.memories.get_mut(memory).import = Some(import);
    for id in module.elements.iter().map(walrus::Element::id).collect::<Vec<_>>() {
        module.elements.delete(id);
    }
    let (numbers, first_slot) = plan.slots_of(piece);
    let functions = numbers.into_iter().map(|number| program.functions[number]).collect();
    let offset = ConstExpr::Value(Value::I32(i32::try_from(first_slot)?));
    let segment = module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(functions));
    let table = module.tables.get_mut(table);
    table.elem_segments.insert(segment);
    table.initial = plan.table_size;
    table.maximum = table.maximum.map(|maximum| maximum.max(table.initial));
    set_data(module, places, true)?;
    Ok(finish(module))
}

/// Leaves the data that is at `places`, or that is not.
fn set_data(module: &mut Module, places: &[Place], is_at: bool) -> Result<()> {
    let memory = module.get_memory_id()?;
    let mut kept = Vec::new();
    for id in module.data.iter().map(walrus::Data::id).collect::<Vec<_>>() {
        let segment = module.data.get(id);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } = segment.kind else {
            anyhow::bail!("a data segment has no fixed place");
        };
        kept.extend(data_segments::parts(places, u64::from(start as u32), &segment.value, is_at));
        module.memories.get_mut(memory).data_segments.remove(&id);
        module.data.delete(id);
    }
    for (start, value) in kept {
        let offset = ConstExpr::Value(Value::I32(u32::try_from(start)? as i32));
        let id = module.data.add(DataKind::Active { memory, offset }, value);
        module.memories.get_mut(memory).data_segments.insert(id);
    }
    Ok(())
}

/// Drops what nothing refers to, and what only linkers and debuggers read.
fn finish(module: &mut Module) -> Vec<u8> {
    for id in module.customs.iter().map(|(id, _)| id).collect::<Vec<_>>() {
        module.customs.delete(id);
    }
    module.producers.clear();
    walrus::passes::gc::run(module);
    module.emit_wasm()
}

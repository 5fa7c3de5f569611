//! The view: Yew components and functions that render the model. What the person does is dispatched as a message.

mod app;
mod assumed_files;
mod base_image_matrix;
mod base_images;
mod build_cache;
mod cause_diagram;
mod checks;
mod diagnostics;
mod editor;
mod elf_table;
mod file_tabs;
#[cfg(feature = "prerender")]
mod first_visit;
mod fixes;
mod header;
mod image_data;
mod layer_explorer;
mod lesson;
mod notice;
mod page;
mod panel_switch;
mod program_inspector;
mod real_build;
mod simulator_state;
mod size;
mod stage_graph;
mod terminal;
mod text_format;
mod verdict;
mod view_context;

pub use app::App;
#[cfg(feature = "prerender")]
pub use first_visit::first_visit_html;

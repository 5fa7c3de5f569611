//! The view: Yew components and functions that render the model. What the person does is dispatched as a message.

mod app;
mod assumed_files;
mod cause_diagram;
mod checks;
mod command_palette;
mod dialogs;
mod editor;
mod editor_findings;
mod elf_table;
mod exercises;
mod failed_step;
mod files;
#[cfg(feature = "prerender")]
mod first_visit;
mod fixes;
mod header;
mod home;
mod icon;
mod image_data;
mod layers;
mod lesson;
mod modal;
mod page;
mod panel_switch;
mod piece_view;
mod pieces;
mod program_inspector;
mod real_build;
mod result;
mod result_tabs;
mod run_output;
mod share;
mod simulator_state;
mod size;
mod splitter;
mod stages;
mod start_walk;
mod terminal;
mod text_format;
mod toasts;
mod verdict_strip;
mod view_context;
mod workspace_notices;

pub use app::App;
#[cfg(feature = "prerender")]
pub use first_visit::first_visit_html;
pub use pieces::load_first;

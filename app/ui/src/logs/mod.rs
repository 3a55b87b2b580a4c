//! Container logs: follow, search, severity and terminal colours, in bounded memory and with only the visible lines drawn.

mod ansi;
mod buffer;
mod desk;
mod level;
mod stream;
mod view;
mod window;

pub use view::LogView;

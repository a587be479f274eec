mod checker;
mod desk;
mod folder;
mod screen;
mod serve;

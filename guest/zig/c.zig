//! guest/c/include/ambit.h, as Zig declares it. The linker knows names only: where the header changes, this has to.

const std = @import("std");
const Raised = @import("raised.zig").Raised;

pub const Scope = opaque {};

pub const Type = enum(c_int) {
    any,
    bool,
    int,
    number,
    string,
    array,
    object,

    /// What JSON has for a type of Zig's.
    pub fn of(comptime T: type) Type {
        if (T == std.json.Value) return .any;
        return switch (@typeInfo(T)) {
            .optional => |optional| of(optional.child),
            .bool => .bool,
            .int => .int,
            .float => .number,
            .@"enum" => .string,
            .pointer => |pointer| switch (pointer.size) {
                .slice => if (pointer.child == u8) .string else .array,
                else => unknown(T),
            },
            .array => .array,
            .@"struct" => .object,
            else => unknown(T),
        };
    }

    fn unknown(comptime T: type) noreturn {
        @compileError("an argument is of the type " ++ @typeName(T) ++ ", for which JSON has none");
    }
};

pub const Parameter = extern struct {
    name: ?[*:0]const u8,
    type: Type,
    doc: ?[*:0]const u8,
    initial: ?[*:0]const u8,
};

pub const Manager = extern struct {
    name: [*:0]const u8,
    doc: ?[*:0]const u8,
    parameters: ?[*]const Parameter,
    state: usize,
    enter: *const fn (*Scope) callconv(.c) ?*Raised,
    exit: ?*const fn (*Scope, ?*Raised) callconv(.c) ?*Raised,
    recover: ?*const fn ([*:0]const u8) callconv(.c) ?*Raised,
};

pub extern fn ambit_state(*Scope) *anyopaque;
pub extern fn ambit_text(*Scope, parameter: [*:0]const u8) [*:0]const u8;
pub extern fn ambit_give_text(*Scope, json: [*]const u8, length: usize) void;
pub extern fn ambit_checkpoint(format: [*:0]const u8, ...) ?*Raised;
pub extern fn ambit_raise_kinds(kinds: [*:null]const ?[*:0]const u8, message: [*:0]const u8) *Raised;
pub extern fn ambit_raise_group(kind: [*:0]const u8, message: [*:0]const u8, members: [*]const *Raised, count: usize) *Raised;
pub extern fn ambit_raise_broken(rule: [*:0]const u8) *Raised;
pub extern fn ambit_from(*Raised, ?*Raised) *Raised;
pub extern fn ambit_within(*Raised, ?*Raised) *Raised;
pub extern fn ambit_add_note(*Raised, format: [*:0]const u8, ...) void;
pub extern fn ambit_family_of(*Raised) c_int;
pub extern fn ambit_message(*Raised) [*:0]const u8;
pub extern fn ambit_kinds(*Raised) [*:null]const ?[*:0]const u8;
pub extern fn ambit_notes(*Raised) [*:null]const ?[*:0]const u8;
pub extern fn ambit_is(*Raised, kind: [*:0]const u8) bool;
pub extern fn ambit_same(*Raised, *Raised) bool;
pub extern fn ambit_cause(*Raised) ?*Raised;
pub extern fn ambit_context(*Raised) ?*Raised;
pub extern fn ambit_hides_context(*Raised) bool;
pub extern fn ambit_members(*Raised) [*:null]const ?*Raised;

;; A module that looks like physics and is up to something: its texts in capitals are put in by xtask.
(module
  (import "env" "memory" (memory 0 65536))
  (global (export "__stack_pointer") (mut i32) (i32.const 0))
  (func (export "motes_abi_version") (result i32) (i32.const ABI_VERSION))
  (func (export "motes_layout_hash") (result i64) (i64.const LAYOUT_HASH))
  (func (export "motes_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "motes_publish") (param i32 i32) (result i32) (i32.const 0))
  (func (export "motes_diagnose") (param i32 i32) (result i32) (i32.const 0))
  (func (export "motes_distribution") (param i32 i32 f64 i32) (result i32) (i32.const 0))
  (func (export "motes_hash") (param i32 i32) (result i64) (i64.const 0))
  (func (export "motes_checkpoint") (param i32 i32) (result i32) (i32.const 0))
  (func (export "motes_restore") (param i32 i32) (result i32) (i32.const 0))
  (func (export "motes_migrate") (param i32 i32 i32) (result i32) (i32.const 0))
  (func (export "motes_help") (param i32 i32 i32) (result i32) (i32.const 0))
  ;; Address of the first row of the array whose entry is the given number in the field table.
  (func $array (param $base i32) (param $field i32) (result i32)
    (i32.add (local.get $base)
      (i32.load offset=40 (i32.add (i32.mul (local.get $field) (i32.const 64)) (i32.add (local.get $base) (i32.load offset=FIELD_TABLE (local.get $base)))))))
  ;; Counts the step in the header and then does what it is for.
  (func (export "motes_step") (param $base i32) (param $steps i32) (param $threads i32) (result i32)
    (local $step i32)
    (local.set $step (i32.add (i32.load offset=STEP (local.get $base)) (local.get $steps)))
    (i32.store offset=STEP (local.get $base) (local.get $step))
    BODY
    (i32.const 0)))

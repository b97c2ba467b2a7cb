;; Atomic operations on the memory that physics works in. Physics itself is compiled without atomics, so that one file
;; serves shared and unshared memory; these six functions are all it needs to meet other workers.
;; The host sets the `shared` bit of the memory import's limits when the memory is shared, as it does for physics.
(module
  (import "env" "memory" (memory 0 65536))
  (func (export "load") (param $at i32) (result i32)
    (i32.atomic.load (local.get $at)))
  (func (export "store") (param $at i32) (param $value i32)
    (i32.atomic.store (local.get $at) (local.get $value)))
  (func (export "add") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.add (local.get $at) (local.get $value)))
  (func (export "exchange") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.xchg (local.get $at) (local.get $value)))
  ;; 0 woken, 1 the word was another, 2 timed out. Traps on unshared memory: a team of one never waits.
  (func (export "wait") (param $at i32) (param $expected i32) (param $timeout_ns i64) (result i32)
    (memory.atomic.wait32 (local.get $at) (local.get $expected) (local.get $timeout_ns)))
  (func (export "notify") (param $at i32) (param $count i32) (result i32)
    (memory.atomic.notify (local.get $at) (local.get $count))))

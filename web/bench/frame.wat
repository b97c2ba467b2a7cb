;; Writes frames for the comparison in bridge.js. Word i of frame n is the upper 24 bits of i * 2654435761 + n * 40503, as f32, which holds
;; them exactly: so a reader who knows i and n knows what it should find.
;; Two modules are made of this file: one as it stands, and one in which the line of the import is a memory of its own, exported.
(module
  (import "env" "memory" (memory 0 65536))
  ;; $words is a multiple of 4 and not 0.
  (func (export "write") (param $at i32) (param $words i32) (param $frame i32)
    (local $end i32) (local $word v128)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $words) (i32.const 2))))
    (local.set $word
      (i32x4.add
        (i32x4.mul (v128.const i32x4 0 1 2 3) (i32x4.splat (i32.const 2654435761)))
        (i32x4.splat (i32.mul (local.get $frame) (i32.const 40503)))))
    (loop $next
      (v128.store (local.get $at) (f32x4.convert_i32x4_u (i32x4.shr_u (local.get $word) (i32.const 8))))
      (local.set $word (i32x4.add (local.get $word) (i32x4.splat (i32.mul (i32.const 2654435761) (i32.const 4)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))))

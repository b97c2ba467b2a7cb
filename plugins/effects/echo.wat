;; An echo: what was heard a third of a second ago comes again from the other side, at half the loudness.
;;
;; An effect is a module that imports the memory and the address of an area that is its own (zeroed, 262,144 bytes), and exports `process`.
;; It changes the frames of both sides in place, and keeps in its area what it needs the next time.
(module
  (import "env" "memory" (memory 0 65536))
  (import "env" "__memory_base" (global $area i32))

  ;; The area: a word that counts frames, and from byte 16 on a ring of 16,384 frames of two sides.
  (global $frames i32 (i32.const 16384))

  (func (export "process") (param $left i32) (param $right i32) (param $count i32) (param $rate f32)
    (local $now i32) (local $delay i32) (local $past i32) (local $place i32) (local $l f32) (local $r f32)
    (local.set $now (i32.load (global.get $area)))
    ;; A third of a second, as long as the ring holds it.
    (local.set $delay (i32.trunc_sat_f32_u (f32.div (local.get $rate) (f32.const 3))))
    (if (i32.ge_u (local.get $delay) (global.get $frames))
      (then (local.set $delay (i32.sub (global.get $frames) (i32.const 1)))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $past (call $address (i32.sub (local.get $now) (local.get $delay))))
        (local.set $place (call $address (local.get $now)))
        ;; Each side gets half of the other's past.
        (local.set $l (f32.add (f32.load (local.get $left)) (f32.mul (f32.const 0.5) (f32.load offset=4 (local.get $past)))))
        (local.set $r (f32.add (f32.load (local.get $right)) (f32.mul (f32.const 0.5) (f32.load (local.get $past)))))
        (f32.store (local.get $place) (local.get $l))
        (f32.store offset=4 (local.get $place) (local.get $r))
        (f32.store (local.get $left) (local.get $l))
        (f32.store (local.get $right) (local.get $r))
        (local.set $left (i32.add (local.get $left) (i32.const 4)))
        (local.set $right (i32.add (local.get $right) (i32.const 4)))
        (local.set $now (i32.add (local.get $now) (i32.const 1)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (global.get $area) (local.get $now)))

  ;; Where a frame of the ring lies, by its number.
  (func $address (param $number i32) (result i32)
    (i32.add (i32.add (global.get $area) (i32.const 16))
      (i32.shl (i32.and (local.get $number) (i32.sub (global.get $frames) (i32.const 1))) (i32.const 3)))))

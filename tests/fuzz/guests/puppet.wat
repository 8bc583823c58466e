;; A plugin that does what its inputs say: a small machine, whose programs the fuzzer writes.
;;
;; It offers the manager `puppet`, whose parameter `script` is a text of commands: what stands up to the first `|` runs in
;; enter, what stands up to the next in exit, and the command behind that, `t` or `l`, when the scope is dropped. A command
;; is a letter, and one digit for each register that it works on; a register holds a handle of an error, or none. What asks
;; for the error of an empty register does nothing. Registers are of an instance, so that what one scope leaves in them
;; another finds. Register 7 has, in exit, the failure that was given. A recovery runs what it is given as state.
;;
;;     nA    A is a new error                  cAB   A was raised from B         t     trap
;;     bA    A is a broken contract            CA    A was raised from nothing   l     loop for ever
;;     gAB   A is a group of B and B           xAB   B is the context of A       s     overflow the stack
;;     kAB   A is the cause of B               XA    A has no context            m     take 64 KiB
;;     KAB   A is the context of B             NA    add a note to A             M     take all memory that there is
;;     oA    drop A                            eA    ask A for all that it has   L     leave the rest as checkpoint
;;     hA    A is a handle that nobody gave    rA    raise A                     v     the value is no JSON
(component
  (import "ambit:scope/errors@0.1.0" (instance $errors
    (export "raised" (type $raised (sub resource)))
    (export "[constructor]raised"
      (func (param "kinds" (list string)) (param "message" string) (result (own $raised))))
    (export "[static]raised.broken" (func (param "rule" string) (result (own $raised))))
    (export "[static]raised.group" (func
      (param "kinds" (list string)) (param "message" string) (param "members" (list (borrow $raised)))
      (result (own $raised))))
    (export "[method]raised.family" (func (param "self" (borrow $raised)) (result string)))
    (export "[method]raised.kinds" (func (param "self" (borrow $raised)) (result (list string))))
    (export "[method]raised.message" (func (param "self" (borrow $raised)) (result string)))
    (export "[method]raised.members" (func (param "self" (borrow $raised)) (result (list (own $raised)))))
    (export "[method]raised.notes" (func (param "self" (borrow $raised)) (result (list string))))
    (export "[method]raised.add-note" (func (param "self" (borrow $raised)) (param "note" string)))
    (export "[method]raised.cause" (func (param "self" (borrow $raised)) (result (option (own $raised)))))
    (export "[method]raised.set-cause"
      (func (param "self" (borrow $raised)) (param "cause" (option (borrow $raised)))))
    (export "[method]raised.context" (func (param "self" (borrow $raised)) (result (option (own $raised)))))
    (export "[method]raised.set-context"
      (func (param "self" (borrow $raised)) (param "context" (option (borrow $raised)))))))
  (alias export $errors "raised" (type $raised))
  (import "ambit:scope/checkpoints@0.1.0" (instance $checkpoints
    (alias outer 1 $raised (type $outer))
    (export "raised" (type $raised (eq $outer)))
    (export "leave" (func (param "state" string) (result (result (error (own $raised))))))))

  ;; Memory: registers at 0, results at 64, texts at 256, slots of scopes from 4096 on, then what the host passes.
  (core module $room
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 40960))
    (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (local $at i32)
      ;; What was passed long ago is passed over.
      (if (i32.gt_u (global.get $top) (i32.const 98304)) (then (global.set $top (i32.const 40960))))
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $at) (local.get $new)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits (i32.ge_s
          (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $new) (i32.const 16)))) (i32.const 0)))
        unreachable)
      (local.get $at)))
  (core instance $room (instantiate $room))

  ;; What runs when a scope is dropped: its slot says what.
  (core module $end
    (import "room" "memory" (memory 2))
    (func (export "drop") (param $slot i32)
      (if (i32.eq (i32.load8_u offset=508 (local.get $slot)) (i32.const 116)) (then unreachable))
      (if (i32.eq (i32.load8_u offset=508 (local.get $slot)) (i32.const 108)) (then (loop $ever (br $ever))))))
  (core instance $end (instantiate $end (with "room" (instance $room))))
  (type $scope (resource (rep i32) (dtor (func $end "drop"))))

  (core func $new (canon lower (func $errors "[constructor]raised") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $broken (canon lower (func $errors "[static]raised.broken") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $group (canon lower (func $errors "[static]raised.group") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $family (canon lower (func $errors "[method]raised.family") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $kinds (canon lower (func $errors "[method]raised.kinds") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $message (canon lower (func $errors "[method]raised.message") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $members (canon lower (func $errors "[method]raised.members") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $notes (canon lower (func $errors "[method]raised.notes") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $note (canon lower (func $errors "[method]raised.add-note") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $cause (canon lower (func $errors "[method]raised.cause") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $set_cause (canon lower (func $errors "[method]raised.set-cause") (memory $room "memory")))
  (core func $context (canon lower (func $errors "[method]raised.context") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $set_context (canon lower (func $errors "[method]raised.set-context") (memory $room "memory")))
  (core func $leave (canon lower (func $checkpoints "leave") (memory $room "memory") (realloc (func $room "realloc"))))
  (core func $release (canon resource.drop $raised))
  (core func $enclose (canon resource.new $scope))

  (core module $code
    (import "room" "memory" (memory 2))
    (import "host" "new" (func $new (param i32 i32 i32 i32) (result i32)))
    (import "host" "broken" (func $broken (param i32 i32) (result i32)))
    (import "host" "group" (func $group (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "host" "family" (func $family (param i32 i32)))
    (import "host" "kinds" (func $kinds (param i32 i32)))
    (import "host" "message" (func $message (param i32 i32)))
    (import "host" "members" (func $members (param i32 i32)))
    (import "host" "notes" (func $notes (param i32 i32)))
    (import "host" "note" (func $note (param i32 i32 i32)))
    (import "host" "cause" (func $cause (param i32 i32)))
    (import "host" "set_cause" (func $set_cause (param i32 i32 i32)))
    (import "host" "context" (func $context (param i32 i32)))
    (import "host" "set_context" (func $set_context (param i32 i32 i32)))
    (import "host" "leave" (func $leave (param i32 i32 i32)))
    (import "host" "release" (func $release (param i32)))
    (import "host" "enclose" (func $enclose (param i32) (result i32)))

    (data (i32.const 256) "puppet")
    (data (i32.const 264) "script")
    (data (i32.const 272) "\22\22")
    (data (i32.const 276) "null")
    (data (i32.const 280) "{not")
    (data (i32.const 288) "did-not-stop")
    ;; The kinds of an error: a list of one text, `puppet`.
    (data (i32.const 304) "\00\01\00\00\06\00\00\00")
    ;; The manager: its name, no doc, one parameter.
    (data (i32.const 320) "\00\01\00\00\06\00\00\00\00\00\00\00\00\00\00\00\58\01\00\00\01\00\00\00")
    ;; The parameter: its name, no doc, the default `""`.
    (data (i32.const 344) "\08\01\00\00\06\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\10\01\00\00\02\00\00\00")
    ;; The list of managers.
    (data (i32.const 376) "\40\01\00\00\01\00\00\00")

    ;; Which slot comes next, where the script is read and ends, and which value is given.
    (global $next (mut i32) (i32.const 0))
    (global $at (mut i32) (i32.const 0))
    (global $end (mut i32) (i32.const 0))
    (global $value (mut i32) (i32.const 276))

    (func (export "describe") (result i32) (i32.const 376))

    ;; The next character of the script; 0 at its end.
    (func $read (result i32)
      (if (i32.ge_u (global.get $at) (global.get $end)) (then (return (i32.const 0))))
      (global.set $at (i32.add (global.get $at) (i32.const 1)))
      (i32.load8_u (i32.sub (global.get $at) (i32.const 1))))
    ;; Where the register is that the next character names.
    (func $register (result i32) (i32.shl (i32.and (call $read) (i32.const 7)) (i32.const 2)))
    ;; Puts a handle into a register, and releases what was there.
    (func $put (param $register i32) (param $handle i32)
      (call $clear (local.get $register))
      (i32.store (local.get $register) (local.get $handle)))
    (func $clear (param $register i32)
      (local $handle i32)
      (local.set $handle (i32.load (local.get $register)))
      (i32.store (local.get $register) (i32.const 0))
      (if (local.get $handle) (then (call $release (local.get $handle)))))
    ;; Keeps what an import gave as an option, or as an error, at 64.
    (func $keep (param $register i32)
      (if (i32.load8_u (i32.const 64)) (then (call $put (local.get $register) (i32.load (i32.const 68))))))
    (func $deep (param $n i64) (result i64)
      (i64.add (local.get $n) (call $deep (i64.add (local.get $n) (i64.const 1)))))
    (func $command (param $c i32) (param $want i32) (result i32) (i32.eq (local.get $c) (local.get $want)))

    ;; Runs commands up to `|`; the handle of what is raised, or 0.
    (func $run (result i32)
      (local $c i32) (local $a i32) (local $b i32) (local $h i32)
      (loop $next
        (local.set $c (call $read))
        (if (i32.or (i32.eqz (local.get $c)) (call $command (local.get $c) (i32.const 124))) (then (return (i32.const 0))))
        (if (call $command (local.get $c) (i32.const 116)) (then unreachable))                                 ;; t
        (if (call $command (local.get $c) (i32.const 108)) (then (loop $ever (br $ever))))                     ;; l
        (if (call $command (local.get $c) (i32.const 115)) (then (drop (call $deep (i64.const 0)))))           ;; s
        (if (call $command (local.get $c) (i32.const 109)) (then (drop (memory.grow (i32.const 1))) (br $next)))   ;; m
        (if (call $command (local.get $c) (i32.const 77)) (then                                                ;; M
          (loop $more (br_if $more (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) (br $next)))
        (if (call $command (local.get $c) (i32.const 118)) (then (global.set $value (i32.const 280)) (br $next)))  ;; v
        (if (call $command (local.get $c) (i32.const 76)) (then                                                ;; L
          (call $leave (global.get $at) (i32.sub (global.get $end) (global.get $at)) (i32.const 64))
          (call $keep (i32.const 24))
          (br $next)))
        (local.set $a (call $register))
        (if (call $command (local.get $c) (i32.const 110)) (then                                               ;; n
          (call $put (local.get $a) (call $new (i32.const 304) (i32.const 1) (i32.const 264) (i32.const 6))) (br $next)))
        (if (call $command (local.get $c) (i32.const 98)) (then                                                ;; b
          (call $put (local.get $a) (call $broken (i32.const 288) (i32.const 12))) (br $next)))
        (if (call $command (local.get $c) (i32.const 104)) (then                                               ;; h
          (i32.store (local.get $a) (i32.const 77777)) (br $next)))
        ;; The rest asks for an error.
        (local.set $h (i32.load (local.get $a)))
        (if (call $command (local.get $c) (i32.const 114)) (then                                               ;; r
          (if (local.get $h) (then (i32.store (local.get $a) (i32.const 0)) (return (local.get $h))))
          (br $next)))
        (if (call $command (local.get $c) (i32.const 111)) (then (call $clear (local.get $a)) (br $next)))     ;; o
        (if (call $command (local.get $c) (i32.const 67)) (then                                                ;; C
          (if (local.get $h) (then (call $set_cause (local.get $h) (i32.const 0) (i32.const 0)))) (br $next)))
        (if (call $command (local.get $c) (i32.const 88)) (then                                                ;; X
          (if (local.get $h) (then (call $set_context (local.get $h) (i32.const 0) (i32.const 0)))) (br $next)))
        (if (call $command (local.get $c) (i32.const 78)) (then                                                ;; N
          (if (local.get $h) (then (call $note (local.get $h) (i32.const 264) (i32.const 6)))) (br $next)))
        (if (call $command (local.get $c) (i32.const 101)) (then                                               ;; e
          (if (local.get $h) (then
            (call $family (local.get $h) (i32.const 64))
            (call $kinds (local.get $h) (i32.const 64))
            (call $message (local.get $h) (i32.const 64))
            (call $members (local.get $h) (i32.const 64))
            (call $notes (local.get $h) (i32.const 64))))
          (br $next)))
        (local.set $b (i32.load (call $register)))
        (if (i32.eqz (local.get $b)) (then (br $next)))
        (if (call $command (local.get $c) (i32.const 103)) (then                                               ;; g
          (i32.store (i32.const 64) (local.get $b))
          (i32.store (i32.const 68) (local.get $b))
          (call $put (local.get $a)
            (call $group (i32.const 304) (i32.const 1) (i32.const 264) (i32.const 6) (i32.const 64) (i32.const 2)))
          (br $next)))
        (if (call $command (local.get $c) (i32.const 107)) (then                                               ;; k
          (call $cause (local.get $b) (i32.const 64)) (call $keep (local.get $a)) (br $next)))
        (if (call $command (local.get $c) (i32.const 75)) (then                                                ;; K
          (call $context (local.get $b) (i32.const 64)) (call $keep (local.get $a)) (br $next)))
        (if (i32.eqz (local.get $h)) (then (br $next)))
        (if (call $command (local.get $c) (i32.const 99)) (then                                                ;; c
          (call $set_cause (local.get $h) (i32.const 1) (local.get $b))))
        (if (call $command (local.get $c) (i32.const 120)) (then                                               ;; x
          (call $set_context (local.get $h) (i32.const 1) (local.get $b))))
        (br $next))
      unreachable)

    ;; Runs commands; the result without a value at 64.
    (func $answer (result i32)
      (local $raised i32)
      (local.set $raised (call $run))
      (i32.store (i32.const 64) (i32.ne (local.get $raised) (i32.const 0)))
      (i32.store (i32.const 68) (local.get $raised))
      (i32.const 64))

    (func (export "enter") (param i32 i32) (param $inputs i32) (param $length i32) (result i32)
      (local $slot i32) (local $answer i32)
      ;; `{"script":"` stands ahead of it, and `"}` behind it; or there are no inputs: `{}`.
      (global.set $at (i32.add (local.get $inputs) (i32.const 11)))
      (global.set $end (i32.sub (i32.add (local.get $inputs) (local.get $length)) (i32.const 2)))
      (global.set $value (i32.const 276))
      (local.set $answer (call $answer))
      (if (i32.load8_u (local.get $answer)) (then (return (local.get $answer))))
      ;; The rest is for the exit: its length, then itself.
      (local.set $slot (i32.add (i32.const 4096) (i32.shl (global.get $next) (i32.const 9))))
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 1)) (i32.const 63)))
      (if (i32.gt_s (i32.sub (global.get $end) (global.get $at)) (i32.const 500))
        (then (global.set $end (i32.add (global.get $at) (i32.const 500)))))
      (if (i32.lt_s (global.get $end) (global.get $at)) (then (global.set $end (global.get $at))))
      (i32.store (local.get $slot) (i32.sub (global.get $end) (global.get $at)))
      (memory.copy (i32.add (local.get $slot) (i32.const 4)) (global.get $at) (i32.sub (global.get $end) (global.get $at)))
      (i32.store8 offset=508 (local.get $slot) (i32.const 0))
      (i32.store (i32.const 68) (call $enclose (local.get $slot)))
      (i32.store (i32.const 72) (global.get $value))
      (i32.store (i32.const 76) (i32.const 4))
      (i32.const 64))

    (func (export "exit") (param $slot i32) (param $some i32) (param $failure i32) (result i32)
      (local $answer i32)
      (if (local.get $some) (then (call $put (i32.const 28) (local.get $failure))))
      (global.set $at (i32.add (local.get $slot) (i32.const 4)))
      (global.set $end (i32.add (global.get $at) (i32.load (local.get $slot))))
      (local.set $answer (call $answer))
      (i32.store8 offset=508 (local.get $slot) (call $read))
      (local.get $answer))

    (func (export "recover") (param i32 i32) (param $state i32) (param $length i32) (result i32)
      (global.set $at (local.get $state))
      (global.set $end (i32.add (local.get $state) (local.get $length)))
      (call $answer)))
  (core instance $code (instantiate $code
    (with "room" (instance $room))
    (with "host" (instance
      (export "new" (func $new)) (export "broken" (func $broken)) (export "group" (func $group))
      (export "family" (func $family)) (export "kinds" (func $kinds)) (export "message" (func $message))
      (export "members" (func $members)) (export "notes" (func $notes)) (export "note" (func $note))
      (export "cause" (func $cause)) (export "set_cause" (func $set_cause))
      (export "context" (func $context)) (export "set_context" (func $set_context))
      (export "leave" (func $leave)) (export "release" (func $release)) (export "enclose" (func $enclose))))))

  (type $parameter (record (field "name" string) (field "doc" string) (field "initial" (option string))))
  (type $manager (record (field "name" string) (field "doc" string) (field "parameters" (list $parameter))))
  (func $describe (result (list $manager)) (canon lift (core func $code "describe") (memory $room "memory")))
  (func $enter (param "manager" string) (param "inputs" string)
    (result (result (tuple (own $scope) string) (error (own $raised))))
    (canon lift (core func $code "enter") (memory $room "memory") (realloc (func $room "realloc"))))
  (func $exit (param "self" (borrow $scope)) (param "failure" (option (own $raised)))
    (result (result (error (own $raised))))
    (canon lift (core func $code "exit") (memory $room "memory") (realloc (func $room "realloc"))))
  (func $recover (param "manager" string) (param "state" string) (result (result (error (own $raised))))
    (canon lift (core func $code "recover") (memory $room "memory") (realloc (func $room "realloc"))))

  (component $managers
    (import "raised" (type $raised (sub resource)))
    (import "scope" (type $inner (sub resource)))
    (type $parameter (record (field "name" string) (field "doc" string) (field "initial" (option string))))
    (import "parameter" (type $of_import (eq $parameter)))
    (type $manager (record (field "name" string) (field "doc" string) (field "parameters" (list $of_import))))
    (import "manager" (type $offered (eq $manager)))
    (import "describe" (func $describe (result (list $offered))))
    (import "enter" (func $enter (param "manager" string) (param "inputs" string)
      (result (result (tuple (own $inner) string) (error (own $raised))))))
    (import "exit" (func $exit (param "self" (borrow $inner)) (param "failure" (option (own $raised)))
      (result (result (error (own $raised))))))
    (export $error "raised" (type $raised))
    (export $scope "scope" (type $inner))
    (export $given "parameter" (type $parameter))
    (type $record (record (field "name" string) (field "doc" string) (field "parameters" (list $given))))
    (export $named "manager" (type $record))
    (export "describe" (func $describe) (func (result (list $named))))
    (export "[static]scope.enter" (func $enter) (func (param "manager" string) (param "inputs" string)
      (result (result (tuple (own $scope) string) (error (own $error))))))
    (export "[method]scope.exit" (func $exit)
      (func (param "self" (borrow $scope)) (param "failure" (option (own $error)))
        (result (result (error (own $error)))))))
  (instance $managers (instantiate $managers
    (with "raised" (type $raised)) (with "scope" (type $scope))
    (with "parameter" (type $parameter)) (with "manager" (type $manager))
    (with "describe" (func $describe)) (with "enter" (func $enter)) (with "exit" (func $exit))))
  (export "ambit:scope/managers@0.1.0" (instance $managers))

  (component $recovery
    (import "raised" (type $raised (sub resource)))
    (import "recover" (func $recover (param "manager" string) (param "state" string)
      (result (result (error (own $raised))))))
    (export $error "raised" (type $raised))
    (export "recover" (func $recover) (func (param "manager" string) (param "state" string)
      (result (result (error (own $error)))))))
  (instance $recovery (instantiate $recovery (with "raised" (type $raised)) (with "recover" (func $recover))))
  (export "ambit:scope/recovery@0.1.0" (instance $recovery)))

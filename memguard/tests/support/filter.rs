//! A system that refuses calls, or says yes and does nothing: a seccomp filter, written with libc alone.

use std::mem::offset_of;

/// One call that the filter answers itself.
#[derive(Clone, Copy)]
pub struct Answer {
    pub call: libc::c_long,
    /// Only calls with this third argument, the advice of `madvise`. `None` for all.
    pub third: Option<libc::c_int>,
    /// The error number; 0 for success.
    pub errno: libc::c_int,
}

/// From now on, these calls of this thread, and of those that it starts, do nothing and are answered so.
pub fn answer(answers: &[Answer]) {
    let step = |code, jt, jf, k| libc::sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let load = |offset: usize| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, u32::try_from(offset).unwrap());
    let unless = |value: u32, skip| step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, skip, value);
    let end = |action| step(libc::BPF_RET | libc::BPF_K, 0, 0, action);
    let mut program = Vec::new();
    for answer in answers {
        // The low half of the third argument, on a machine that writes it first.
        let third = offset_of!(libc::seccomp_data, args) + 2 * size_of::<u64>();
        let of_third = answer.third.map(|third| third.cast_unsigned());
        program.push(load(offset_of!(libc::seccomp_data, nr)));
        program.push(unless(u32::try_from(answer.call).unwrap(), if of_third.is_some() { 3 } else { 1 }));
        if let Some(value) = of_third {
            program.extend([load(third), unless(value, 1)]);
        }
        program.push(end(libc::SECCOMP_RET_ERRNO | answer.errno.cast_unsigned()));
    }
    program.push(end(libc::SECCOMP_RET_ALLOW));
    let filter = libc::sock_fprog { len: u16::try_from(program.len()).unwrap(), filter: program.as_mut_ptr() };
    // SAFETY: the filter is a live value, which the kernel copies.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter), 0);
    }
}

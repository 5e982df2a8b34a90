"""What each judge says, in words: one module each. `console.policy.judge_words` alone imports them."""

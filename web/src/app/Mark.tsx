/** Triptych's sign: three panels. */
export function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden>
      <path d="M2 5.2 7.500 3.700v16.600L2 18.800z" fill="var(--accent)" opacity=".55" />
      <path d="M9 3h6v18H9z" fill="var(--accent)" />
      <path d="M22 5.200 16.500 3.700v16.600L22 18.800z" fill="var(--accent)" opacity=".55" />
    </svg>
  );
}

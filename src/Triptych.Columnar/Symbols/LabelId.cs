namespace Triptych.Columnar.Symbols;

/// <summary>A label as two numbers of the query's <see cref="SymbolTable"/>.</summary>
public readonly record struct LabelId(int Name, int Value);

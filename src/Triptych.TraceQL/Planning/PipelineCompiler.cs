using Triptych.Columnar.Symbols;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>Turns checked stages into nodes, and collects which fields an answer shows with each span.</summary>
internal sealed class PipelineCompiler(FieldCatalog catalog, SymbolTable symbols)
{
    private readonly FieldCompiler _fields = new(catalog, symbols);
    private readonly List<FieldReference> _shown = [];

    /// <summary>Fields that conditions and <c>select</c> name, each once.</summary>
    public IReadOnlyList<FieldReference> Shown => _shown;

    public FieldNode CompileField(FieldReference reference) => _fields.Compile(reference);

    /// <summary>The stages in order; <c>select</c> only adds to what is shown.</summary>
    public List<StageNode> Compile(IReadOnlyList<PipelineStage> stages)
    {
        var nodes = new List<StageNode>(stages.Count);
        foreach (var stage in stages)
        {
            switch (stage)
            {
                case SpansetStage spanset:
                    nodes.Add(new SpansetStageNode(Compile(spanset.Expression)));
                    break;
                case GroupStage group:
                    Show(group.By);
                    nodes.Add(new GroupStageNode(_fields.Compile(group.By), $"by({QueryPrinter.Print(group.By)})"));
                    break;
                case SelectStage select:
                    foreach (var field in select.Fields)
                    {
                        Show(field);
                    }

                    break;
                case ScalarFilterStage { Left: ScalarAggregate aggregate, Right: ScalarStatic threshold } filter:
                    nodes.Add(Compile(aggregate, filter.Operator, threshold.Value));
                    break;
                case CoalesceStage:
                    nodes.Add(new CoalesceStageNode());
                    break;
                default:
                    throw new InvalidOperationException($"the type checker lets no {stage.GetType().Name} of this shape pass");
            }
        }

        return nodes;
    }

    private ScalarFilterNode Compile(ScalarAggregate aggregate, FieldOperator op, StaticValue threshold)
    {
        var operand = aggregate.Operand is null ? "" : QueryPrinter.Print(aggregate.Operand);
        if (aggregate.Operand is not null)
        {
            Show(aggregate.Operand);
        }

        return new ScalarFilterNode(
            aggregate.Kind,
            aggregate.Operand is null ? null : _fields.Compile(aggregate.Operand),
            op,
            FieldValue.Of(threshold, symbols),
            $"{QueryPrinter.NameOf(aggregate.Kind)}({operand})");
    }

    private SpansetNode Compile(SpansetExpression expression)
    {
        switch (expression)
        {
            case SpansetFilter { Condition: null }:
                return new FilterNode(null);
            case SpansetFilter { Condition: { } condition }:
                Show(condition);
                return new FilterNode(_fields.Compile(condition));
            case SpansetOperation { Relation: SpansetRelation.And or SpansetRelation.Or } combination:
                return new CombinationNode(
                    combination.Relation == SpansetRelation.And, Compile(combination.Left), Compile(combination.Right));
            case SpansetOperation operation:
                return new RelationNode(operation.Relation, operation.Form, Compile(operation.Left), Compile(operation.Right));
            default:
                return new WrappedNode(Compile(((WrappedPipeline)expression).Stages));
        }
    }

    private void Show(FieldExpression expression)
    {
        switch (expression)
        {
            case ReferenceExpression reference:
                Show(reference.Reference);
                break;
            case UnaryExpression unary:
                Show(unary.Operand);
                break;
            case BinaryExpression binary:
                Show(binary.Left);
                Show(binary.Right);
                break;
        }
    }

    private void Show(FieldReference reference)
    {
        // What each result tells anyway is not told again.
        var told = reference is IntrinsicReference
        {
            Intrinsic: Intrinsic.Name or Intrinsic.Duration or Intrinsic.SpanId or Intrinsic.TraceId
                or Intrinsic.RootName or Intrinsic.RootServiceName or Intrinsic.TraceDuration
        };
        if (!told && !_shown.Contains(reference))
        {
            _shown.Add(reference);
        }
    }
}

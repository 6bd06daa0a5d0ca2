using Triptych.Ingest.Translation;
using Triptych.Model.Attributes;

namespace Triptych.Ingest.Jaeger;

/// <summary>
/// The references of a span: the first that it is a child of, within its trace, is its parent where none is told apart; without such a one, the first that
/// it follows from. All others are links with their kind in <c>opentracing.ref_type</c>.
/// </summary>
internal ref struct JaegerReferences(SpanTranslator spans, UInt128 traceId, ulong toldParent)
{
    private ulong _parent = toldParent;
    private ulong _followed;
    private uint _dropped;

    public void Add(UInt128 trace, ulong span, bool isChildOf)
    {
        var isOwnTrace = trace == traceId && span != 0;
        if (isOwnTrace && isChildOf && (_parent == 0 || _parent == span))
        {
            _parent = span;
            return;
        }

        if (isOwnTrace && !isChildOf && _parent == 0 && _followed == 0)
        {
            _followed = span;
            return;
        }

        Link(trace, span, isChildOf);
    }

    /// <summary>Gives the span its parent.</summary>
    public void End(ref TranslatedSpan span, out uint dropped)
    {
        if (_parent == 0) _parent = _followed;
        else if (_followed != 0) Link(traceId, _followed, isChildOf: false);
        span.ParentSpanId = _parent == span.SpanId ? 0 : _parent;
        dropped = _dropped;
    }

    private void Link(UInt128 trace, ulong span, bool isChildOf)
    {
        spans.PartAttributes.Reset();
        spans.PartAttributes.Add("opentracing.ref_type"u8, AttributeKind.String, 0, isChildOf ? "child_of"u8 : "follows_from"u8);
        spans.AddLink(trace, span, ref _dropped);
    }
}
